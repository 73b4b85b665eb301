import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { FormDeclaration, Grant } from '@/rpc/crm/common/v1/access_pb'
import type { Role } from '@/rpc/crm/support/v1/access_pb'
import { cx } from '@/shared/cx'
import { Tag } from '@/shared/Tag'

import { FormRules, type AlsoShown } from './FormRules'
import style from './Matrix.module.css'
import { byService, rulesOf, sameForm, shownElsewhere } from './rules'
import { columnsText, ruleText, titleIn } from './words'

interface MatrixProps {
  role: Role
  /** The role as it is in force; undefined for a new one. */
  inForce: Role | undefined
  /** The template that differences are marked to; undefined for none. */
  template: Role | undefined
  forms: FormDeclaration[]
  unitName: (id: string) => string
  mayChange: boolean
  open: string | undefined
  onOpen: (form: string | undefined) => void
  onChange: (form: string, rules: Grant[]) => void
}

/** What the rules of a role say of one form, in sentences. */
export function Sentences({ rules, form, unitName }: { rules: Grant[]; form: FormDeclaration; unitName: (id: string) => string }) {
  const speech = useSpeech()
  const { t } = speech
  if (rules.length === 0) return <p className="faint">{t('access.noRule')}</p>
  return rules.map((rule, index) => (
    <p key={index} className={cx(style.sentence, rule.refuse && style.refuses)}>
      {rule.refuse ? <Tag tone="late">{t('access.refuses')}</Tag> : null}
      <b>{ruleText(rule, speech, unitName)}</b>
      <span className="secondary">{columnsText(rule, form, speech)}</span>
    </p>
  ))
}

function FormRow({ form, forms, role, inForce, template, unitName, mayChange, open, onOpen, onChange }: Omit<MatrixProps, 'open'> & { form: FormDeclaration; open: boolean }) {
  const speech = useSpeech()
  const { t, find, language } = speech
  const rules = rulesOf(role, form.name)
  const changed = !sameForm(role, inForce, form.name)
  const differs = template !== undefined && !sameForm(role, template, form.name)
  const id = `form-${form.name}`
  const formTitle = (one: FormDeclaration) => titleIn(language, one, find(`access.form.${one.name}`) ?? one.name)
  const alsoShown: AlsoShown = (column, right) => shownElsewhere(role, forms, column, right).map((other) => [other.form.name === form.name ? '' : formTitle(other.form), titleIn(language, other.column, other.column.column)].filter(Boolean).join(' · '))
  const Chevron = open ? ChevronDown : ChevronRight
  return (
    <li className={style.row} data-form={form.name}>
      <button type="button" className={style.head} aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => { onOpen(open ? undefined : form.name) }}>
        <Chevron aria-hidden="true" />
        <span className={style.title}>{formTitle(form)}</span>
        <span className={style.says}>
          <Sentences rules={rules} form={form} unitName={unitName} />
          {differs ? (
            <span className={style.template}>
              <Tag tone="outline">{t('access.notTemplate')}</Tag>
              <span className="secondary">{rulesOf(template, form.name).map((rule) => [ruleText(rule, speech, unitName), columnsText(rule, form, speech)].filter(Boolean).join(' ')).join(t('access.semicolon')) || t('access.noRule')}</span>
            </span>
          ) : null}
        </span>
        <span className={style.marks}>{changed ? <Tag tone="accent">{t('access.changed')}</Tag> : null}</span>
      </button>
      {open ? (
        <div id={id} className={style.body}>
          <FormRules role={role.name} form={form} rules={rules} mayChange={mayChange} unitName={unitName} alsoShown={alsoShown} onChange={(next) => { onChange(form.name, next) }} {...(changed ? { before: rulesOf(inForce, form.name) } : {})} />
        </div>
      ) : null}
    </li>
  )
}

/** Form by form what a role may do, to be read like a page; each row opens to its columns. */
export function Matrix({ forms, open, ...rest }: MatrixProps) {
  const { t, find } = useSpeech()
  const [whole, setWhole] = useState(false)
  const { role, template, inForce } = rest
  const speaks = (form: FormDeclaration) => rulesOf(role, form.name).length > 0 || open === form.name || !sameForm(role, inForce, form.name) || (template !== undefined && !sameForm(role, template, form.name))
  const shown = whole ? forms : forms.filter(speaks)
  const silent = forms.length - forms.filter(speaks).length
  return (
    <>
      {byService(shown).map(([service, group]) => (
        <section key={service} className={style.group} aria-label={find(`access.service.${service}`) ?? service}>
          <h3>{find(`access.service.${service}`) ?? service}</h3>
          <ul className={style.rows}>{group.map((form) => <FormRow key={form.name} form={form} forms={forms} open={open === form.name} {...rest} />)}</ul>
        </section>
      ))}
      {silent > 0 || whole ? <button type="button" className={style.more} aria-expanded={whole} onClick={() => { setWhole(!whole) }}>{whole ? t('access.foldSilent') : t('access.silent', { n: silent })}</button> : null}
    </>
  )
}
