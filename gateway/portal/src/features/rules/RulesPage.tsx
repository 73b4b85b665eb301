import { create } from '@bufbuild/protobuf'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, InputNumber, Select, Switch } from 'antd'
import { Play } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { dispatch } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { GenerationRuleSchema, type GenerationRule } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'

import style from './RulesPage.module.css'

const groups = ['public', 'business', 'key_account'] as const
const priorities = ['1', '2', '3', '4'] as const
const key = ['generation-rules']

function Rule({ rule, may }: { rule: GenerationRule; may: boolean }) {
  const { t, find } = useSpeech()
  const client = useQueryClient()
  const [draft, setDraft] = useState<GenerationRule | null>(null)
  const shown = draft ?? rule
  const save = useMutation({
    mutationFn: (changed: GenerationRule) => dispatch.updateGenerationRule({ rule: changed }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: key })
      setDraft(null)
      say({ tone: 'good', text: t('rules.saved') })
    },
    // The rule as it is now comes beside what the person wrote; the next save goes against it.
    onError: () => client.invalidateQueries({ queryKey: key }),
  })
  const change = (part: Partial<GenerationRule>) => {
    setDraft(create(GenerationRuleSchema, { ...shown, ...part }))
  }
  const id = (field: string) => `${rule.name}-${field}`
  return (
    <section className={`panel ${style.rule ?? ''}`} aria-labelledby={id('title')}>
      <header>
        <div>
          <h2 id={id('title')}>{find(`rules.name.${rule.name}`) ?? rule.name}</h2>
          <p className="secondary">{find(`rules.about.${rule.name}`)}</p>
        </div>
        <span className={style.switch}>
          <span className="secondary" aria-hidden="true">{t(shown.enabled ? 'rules.on' : 'rules.off')}</span>
          <Switch checked={shown.enabled} disabled={!may} aria-label={t('rules.enabled')} onChange={(enabled) => { change({ enabled }) }} />
        </span>
      </header>
      <div className={style.fields}>
        <label htmlFor={id('ahead')}>
          <span>{t('rules.daysAhead')}</span>
          <InputNumber id={id('ahead')} min={0} max={30} precision={0} disabled={!may} value={shown.daysAhead} onChange={(daysAhead) => { change({ daysAhead: daysAhead ?? 0 }) }} suffix={t('rules.days')} />
        </label>
        <label htmlFor={id('due')}>
          <span>{t('rules.dueWorkingDays')}</span>
          <InputNumber id={id('due')} min={0} max={30} precision={0} disabled={!may} value={shown.dueWorkingDays} onChange={(dueWorkingDays) => { change({ dueWorkingDays: dueWorkingDays ?? 0 }) }} suffix={t('rules.workingDays')} />
        </label>
        <label htmlFor={id('priority')}>
          <span>{t('task.field.priority')}</span>
          <Select id={id('priority')} disabled={!may} value={String(shown.priority)} onChange={(priority) => { change({ priority: Number(priority) }) }} options={priorities.map((priority) => ({ value: priority, label: t(`task.priority.${priority}`) }))} />
        </label>
        <fieldset>
          <legend>{t('customer.field.group')}</legend>
          {groups.map((group) => (
            <Checkbox key={group} disabled={!may} checked={shown.groups.includes(group)} onChange={(event) => { change({ groups: groups.filter((one) => (one === group ? event.target.checked : shown.groups.includes(one))) }) }}>
              {t(`customer.group.${group}`)}
            </Checkbox>
          ))}
        </fieldset>
      </div>
      {save.error ? <ErrorNote error={save.error} compact /> : null}
      {draft ? (
        <footer>
          <Button onClick={() => { setDraft(null); save.reset() }}>{t('rules.discard')}</Button>
          <Button type="primary" loading={save.isPending} disabled={draft.groups.length === 0} onClick={() => { save.mutate(create(GenerationRuleSchema, { ...draft, version: rule.version })) }}>{t('action.save')}</Button>
        </footer>
      ) : null}
    </section>
  )
}

/** The rules by which tasks appear every morning. */
export default function RulesPage() {
  const { t, find } = useSpeech()
  const access = useAccess()
  const rules = useQuery({ queryKey: key, queryFn: ({ signal }) => dispatch.listGenerationRules({}, { signal }) })
  const run = useMutation({
    mutationFn: () => dispatch.generateTasks({}),
    onSuccess: ({ created }) => {
      const parts = Object.entries(created).map(([name, count]) => `${find(`rules.name.${name}`) ?? name} ${String(count)}`)
      say({ tone: 'good', text: t('rules.generated', { n: Object.values(created).reduce((sum, count) => sum + count, 0) }), detail: parts.join(' · '), seconds: 10 })
    },
  })
  return (
    <Page title={t('rules.title')} note={t('rules.note')} actions={access.may('dispatch.generation_rule', Action.APPROVE) ? <Button icon={<Play size={15} aria-hidden="true" />} loading={run.isPending} onClick={() => { run.mutate() }}>{t('rules.generate')}</Button> : null}>
      {run.error ? <ErrorNote error={run.error} /> : null}
      {rules.error ? <ErrorNote error={rules.error} retry={() => void rules.refetch()} /> : null}
      {rules.isPending ? <Skeleton lines={6} tall /> : null}
      <div className={style.rules}>{rules.data?.rules.map((rule) => <Rule key={rule.name} rule={rule} may={access.may('dispatch.generation_rule', Action.CHANGE)} />)}</div>
    </Page>
  )
}
