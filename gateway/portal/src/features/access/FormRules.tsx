import { create } from '@bufbuild/protobuf'
import { Button, Select } from 'antd'
import { Ban, Plus, Trash2 } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { Action, ColumnRight, ColumnRuleSchema, RowScope, Sensitivity, type ColumnDeclaration, type FormDeclaration, type Grant } from '@/rpc/crm/common/v1/access_pb'
import { cx } from '@/shared/cx'
import { Segments } from '@/shared/Segments'
import { Tag } from '@/shared/Tag'
import { UnitsSelect } from '@/shared/UnitSelect'

import style from './Matrix.module.css'
import { allActions, allScopes, namedRight, newRule, otherRight, rightOf, rightsOf, showsColumns, withColumn } from './rules'
import { actionText, columnsText, rightText, ruleText, scopeHint, scopeText, titleIn } from './words'

/** Names the columns where a value stays visible that is closed to this right; none when it is nowhere else. */
export type AlsoShown = (column: ColumnDeclaration, right: ColumnRight) => string[]

interface RuleProps {
  alsoShown: AlsoShown
  form: FormDeclaration
  rule: Grant
  name: string
  mayChange: boolean
  unitName: (id: string) => string
  onChange: (rule: Grant) => void
  onRemove: () => void
}

function Actions({ form, rule, mayChange, onChange }: Pick<RuleProps, 'form' | 'rule' | 'mayChange' | 'onChange'>) {
  const speech = useSpeech()
  const offered = allActions.filter((action) => form.actions.includes(action) || rule.actions.includes(action))
  return (
    <div className={style.chips} role="group" aria-label={speech.t('access.actions')}>
      {offered.map((action) => {
        const on = rule.actions.includes(action)
        return (
          <button key={action} type="button" aria-pressed={on} disabled={!mayChange || (on && rule.actions.length === 1)} onClick={() => { onChange({ ...rule, actions: on ? rule.actions.filter((one) => one !== action) : [...rule.actions, action] }) }}>
            {actionText(action, speech)}
          </button>
        )
      })}
    </div>
  )
}

function Reach({ rule, mayChange, name, onChange }: Pick<RuleProps, 'rule' | 'mayChange' | 'name' | 'onChange'>) {
  const speech = useSpeech()
  const { t } = speech
  return (
    <div className={style.reach}>
      <Select aria-label={`${t('access.reach')} · ${name}`} disabled={!mayChange} value={rule.scope} onChange={(scope) => { onChange({ ...rule, scope, unitIds: scope === RowScope.UNITS ? rule.unitIds : [] }) }} options={allScopes.map((scope) => ({ value: scope, label: `${scopeText(scope, [], speech, () => '')} · ${scopeHint(scope, speech)}` }))} />
      {rule.scope === RowScope.UNITS ? <UnitsSelect label={t('access.units')} disabled={!mayChange} value={rule.unitIds} onChange={(unitIds) => { onChange({ ...rule, unitIds }) }} /> : null}
    </div>
  )
}

function ColumnLine({ column, rule, mayChange, alsoShown, onChange }: Pick<RuleProps, 'rule' | 'mayChange' | 'alsoShown' | 'onChange'> & { column: ColumnDeclaration }) {
  const speech = useSpeech()
  const { t, language } = speech
  const title = titleIn(language, column, column.column)
  const named = namedRight(rule, column.column) !== ColumnRight.UNSPECIFIED
  const right = rightOf(rule, column)
  const elsewhere = alsoShown(column, right)
  return (
    <li className={style.column}>
      <span className={style.columnName}>
        {title}
        {column.sensitivity !== Sensitivity.UNSPECIFIED ? <Tag tone="outline">{t('access.sensitive')}</Tag> : null}
        {elsewhere.length > 0 ? <span className={style.elsewhere} role="note">{t('access.alsoShown', { columns: elsewhere.join(t('list.comma')) })}</span> : null}
      </span>
      <span className={style.columnRight}>
        {named ? (mayChange ? <button type="button" className={style.reset} aria-label={t('access.resetColumn', { column: title })} onClick={() => { onChange(withColumn(rule, column.column, ColumnRight.UNSPECIFIED)) }}>{t('access.reset')}</button> : null) : <span className={style.default}>{t('access.byDefault')}</span>}
        {mayChange ? (
          <Segments label={title} value={String(right)} onChange={(value) => { onChange(withColumn(rule, column.column, Number(value))) }} options={rightsOf(rule).map((one) => ({ value: String(one), label: rightText(one, speech) }))} />
        ) : (
          <b>{rightText(right, speech)}</b>
        )}
      </span>
    </li>
  )
}

function Columns({ form, rule, mayChange, alsoShown, onChange }: Pick<RuleProps, 'form' | 'rule' | 'mayChange' | 'alsoShown' | 'onChange'>) {
  const speech = useSpeech()
  const { t, language } = speech
  if (form.columns.length === 0) return null
  if (rule.refuse) {
    return (
      <div className={style.line}>
        <span className={style.what}>{t('access.onlyColumns')}</span>
        <Select mode="multiple" aria-label={t('access.onlyColumns')} disabled={!mayChange} placeholder={t('access.wholeRow')} value={rule.columns.map(({ column }) => column)} onChange={(columns: string[]) => { onChange({ ...rule, columns: columns.map((column) => create(ColumnRuleSchema, { column, right: ColumnRight.HIDDEN })) }) }} options={form.columns.map((column) => ({ value: column.column, label: titleIn(language, column, column.column) }))} />
      </div>
    )
  }
  if (!showsColumns(rule)) return null
  return (
    <div className={style.columns}>
      <div className={style.columnsHead}>
        <span>{t('access.otherColumns')}</span>
        {mayChange ? <Segments label={t('access.otherColumns')} value={String(otherRight(rule))} onChange={(value) => { onChange({ ...rule, otherColumns: Number(value) }) }} options={rightsOf(rule).map((one) => ({ value: String(one), label: rightText(one, speech) }))} /> : <b>{rightText(otherRight(rule), speech)}</b>}
      </div>
      <ul className={style.columnList}>{form.columns.map((column) => <ColumnLine key={column.column} column={column} rule={rule} mayChange={mayChange} alsoShown={alsoShown} onChange={onChange} />)}</ul>
    </div>
  )
}

function Rule({ form, rule, name, mayChange, unitName, alsoShown, onChange, onRemove }: RuleProps) {
  const speech = useSpeech()
  const { t } = speech
  return (
    <section className={cx(style.rule, rule.refuse && style.refusal)} aria-label={name}>
      <div className={style.ruleHead}>
        <p>{rule.refuse ? <Tag tone="late" icon={<Ban aria-hidden="true" />}>{t('access.refuses')}</Tag> : null} <b>{ruleText(rule, speech, unitName)}</b> <span className="secondary">{columnsText(rule, form, speech)}</span></p>
        {mayChange ? <Button size="small" type="text" icon={<Trash2 size={14} aria-hidden="true" />} onClick={onRemove}>{t('access.removeRule')}</Button> : null}
      </div>
      <div className={style.line}><span className={style.what}>{t('access.actions')}</span><Actions form={form} rule={rule} mayChange={mayChange} onChange={onChange} /></div>
      <div className={style.line}><span className={style.what}>{t('access.reach')}</span><Reach rule={rule} name={name} mayChange={mayChange} onChange={onChange} /></div>
      <Columns form={form} rule={rule} mayChange={mayChange} alsoShown={alsoShown} onChange={onChange} />
    </section>
  )
}

/** The rules of a role about one form, to be changed. */
export function FormRules({ role, form, rules, before, mayChange, unitName, alsoShown, onChange }: { role: string; alsoShown: AlsoShown; form: FormDeclaration; rules: Grant[]; before?: Grant[]; mayChange: boolean; unitName: (id: string) => string; onChange: (rules: Grant[]) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const refusable = form.actions.includes(Action.SEE) || form.actions.length > 0
  return (
    <>
      {before ? <p className={style.before}>{t('access.inForceNow')} {before.map((rule) => [ruleText(rule, speech, unitName), columnsText(rule, form, speech)].filter(Boolean).join(' ')).join(t('access.semicolon')) || t('access.noRule')}</p> : null}
      {rules.length === 0 ? <p className="secondary">{t('access.noRuleHint')}</p> : null}
      {rules.map((rule, index) => (
        <Rule
          key={index}
          form={form}
          rule={rule}
          name={t('access.ruleNumber', { n: index + 1 })}
          mayChange={mayChange}
          unitName={unitName}
          alsoShown={alsoShown}
          onChange={(next) => { onChange(rules.map((one, at) => (at === index ? next : one))) }}
          onRemove={() => { onChange(rules.filter((_, at) => at !== index)) }}
        />
      ))}
      {mayChange ? (
        <div className={style.add}>
          <Button icon={<Plus size={15} aria-hidden="true" />} onClick={() => { onChange([...rules, newRule(role, form, rules)]) }}>{t('access.addRule')}</Button>
          {refusable && !rules.some((rule) => rule.refuse) ? <Button icon={<Ban size={15} aria-hidden="true" />} onClick={() => { onChange([...rules, newRule(role, form, rules, true)]) }}>{t('access.addRefusal')}</Button> : null}
        </div>
      ) : null}
    </>
  )
}
