import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Checkbox, Input, Select } from 'antd'
import { Ban, Check, CircleHelp, Minus, ShieldCheck, ShieldX } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { ColumnVerdict, ExplainRowResponse, RuleVerdict } from '@/rpc/crm/access/v1/probe_pb'
import { Action, ColumnRight } from '@/rpc/crm/common/v1/access_pb'
import { cx } from '@/shared/cx'
import { Facts } from '@/shared/Facts'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page, Section } from '@/shared/Page'
import { PersonSelect } from '@/shared/PersonSelect'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'

import style from './Access.module.css'
import { AccessTabs } from './AccessTabs'
import { access } from './client'
import { usePolicyDraft } from './draft'
import { draftQuery, policyQuery, useAccessNames } from './queries'
import { actionsText, rightText, ruleText } from './words'

const route = getRouteApi('/roles/why')
const heldBy = { POSITION: 'access.heldBy.POSITION', UNIT: 'access.heldBy.UNIT', PERSON: 'access.heldBy.PERSON' } as const

/** Names rules by what they say, in force or in the draft. */
function useRuleNames(draft: boolean) {
  const speech = useSpeech()
  const names = useAccessNames()
  const inForce = useQuery(policyQuery())
  const drafted = useQuery({ ...draftQuery, enabled: draft })
  const roles = [...((draft ? drafted.data?.roles : undefined) ?? []), ...(inForce.data?.roles ?? [])]
  return (id: string) => {
    const rule = roles.flatMap((role) => role.rules).find((one) => one.id === id)
    return rule ? ruleText(rule, speech, names.unitName) : id
  }
}

function Verdict({ verdict, ruleName }: { verdict: RuleVerdict; ruleName: (id: string) => string }) {
  const { t } = useSpeech()
  const names = useAccessNames()
  const Icon = !verdict.reaches ? Minus : verdict.refuses ? Ban : Check
  const kind = !verdict.reaches ? 'misses' : verdict.refuses ? 'refuses' : 'reaches'
  const by = heldBy[verdict.heldBy as keyof typeof heldBy]
  return (
    <li className={cx(verdict.reaches && (verdict.refuses ? style.refused : style.reaches))}>
      <Icon aria-hidden="true" />
      <div>
        {t(`access.verdict.${kind}`, { role: names.roleTitle(verdict.role), rule: ruleName(verdict.ruleId) })}{' '}
        <span className="secondary">{by ? t(by) : ''}</span>
      </div>
    </li>
  )
}

const tones = { [ColumnRight.UNSPECIFIED]: 'quiet', [ColumnRight.HIDDEN]: 'late', [ColumnRight.MASKED]: 'outline', [ColumnRight.READ]: 'quiet', [ColumnRight.WRITE]: 'accent' } as const

function ColumnWhy({ form, verdict, ruleName }: { form: string; verdict: ColumnVerdict; ruleName: (id: string) => string }) {
  const speech = useSpeech()
  const { find } = speech
  const names = useAccessNames()
  return (
    <tr>
      <th scope="row">{names.columnTitle(form, verdict.column)}</th>
      <td><Tag tone={tones[verdict.right]}>{rightText(verdict.right, speech)}</Tag></td>
      <td className="secondary">{find(`access.because.${verdict.reason}`, { rule: ruleName(verdict.ruleId) }) ?? verdict.reason}</td>
    </tr>
  )
}

function Answer({ form, draft, answer }: { form: string; draft: boolean; answer: ExplainRowResponse }) {
  const speech = useSpeech()
  const { t } = speech
  const names = useAccessNames()
  const ruleName = useRuleNames(draft)
  if (!answer.found) return <Empty icon={<CircleHelp aria-hidden="true" />} title={t('access.noRecord')} hint={t('access.noRecordHint')} />
  const sees = answer.actions.includes(Action.SEE)
  const refusing = answer.verdicts.filter((one) => one.reaches && one.refuses)
  const order = (one: RuleVerdict) => (one.reaches ? (one.refuses ? 0 : 1) : 2)
  const Icon = answer.actions.length > 0 ? ShieldCheck : ShieldX
  return (
    <>
      <Section title={t('access.answer')}>
        <p className={cx(style.answer, answer.actions.length === 0 && style.no)}>
          <Icon aria-hidden="true" />
          {answer.actions.length > 0 ? t(sees ? 'access.canDo' : 'access.canDoUnseen', { actions: actionsText(answer.actions, speech) }) : t(refusing.length > 0 ? 'access.cannotRefused' : answer.verdicts.length > 0 ? 'access.cannotReach' : 'access.cannotNoRule')}
        </p>
        <Facts
          wide
          facts={[
            [t('access.fact.owners'), answer.facts?.owners.join(t('list.comma'))],
            [t('access.fact.keepers'), answer.facts?.customerKeepers.join(t('list.comma'))],
            [t('task.field.community_id'), names.unitName(answer.facts?.communityId ?? '') || answer.facts?.communityId],
            [t('task.field.bureau_id'), names.unitName(answer.facts?.bureauId ?? '') || answer.facts?.bureauId],
          ]}
        />
      </Section>
      <Section title={t('access.rulesThatSpeak')}>
        {answer.verdicts.length === 0 ? <p className="secondary">{t('access.cannotNoRule')}</p> : null}
        <ul className={style.sentences}>{[...answer.verdicts].sort((a, b) => order(a) - order(b)).map((verdict, index) => <Verdict key={index} verdict={verdict} ruleName={ruleName} />)}</ul>
      </Section>
      {answer.columns.length > 0 ? (
        <Section title={t('access.columnsSeen')}>
          {/* A narrow window scrolls it sideways, by keyboard too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <div className={style.scroll} tabIndex={0} role="region" aria-label={t('access.columnsSeen')}>
            <table className={style.table}>
              <thead><tr><th scope="col">{t('access.column')}</th><th scope="col">{t('access.columnRight')}</th><th scope="col">{t('access.because')}</th></tr></thead>
              <tbody>{answer.columns.map((verdict) => <ColumnWhy key={verdict.column} form={form} verdict={verdict} ruleName={ruleName} />)}</tbody>
            </table>
          </div>
        </Section>
      ) : null}
    </>
  )
}

/** Why somebody can or cannot see a record, rule by rule and column by column. */
export default function WhyPage() {
  const { t } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/roles/why' })
  const names = useAccessNames()
  const { draft: drafted } = usePolicyDraft()
  const [person, setPerson] = useState(search.person)
  const [form, setForm] = useState(search.form ?? 'customer.customer')
  const [record, setRecord] = useState(search.record ?? '')
  const [draft, setDraft] = useState(search.draft ?? false)
  const asked = Boolean(search.person && search.form && search.record)
  const why = useQuery({
    queryKey: ['why', search],
    enabled: asked,
    queryFn: async ({ signal }) => (await access.explainAccess({ staffNumber: search.person ?? '', form: search.form ?? '', record: search.record ?? '', draft: search.draft ?? false }, { signal })).answer ?? null,
    staleTime: 0,
  })
  const ask = () => {
    const next = { person, form, record: record.trim(), draft: draft ? true : undefined }
    if (asked && next.person === search.person && next.form === search.form && next.record === search.record && next.draft === search.draft) void why.refetch()
    else void navigate({ search: next })
  }
  return (
    <Page title={t('access.title')} note={t('access.whyNote')}>
      <AccessTabs />
      <form className={`panel ${style.question ?? ''} ${style.fields ?? ''}`} onSubmit={(event) => { event.preventDefault(); ask() }}>
        <div className={style.field}><span>{t('access.person')}</span><PersonSelect label={t('access.person')} value={person} onChange={setPerson} /></div>
        <div className={style.field}><span>{t('access.formOne')}</span><Select aria-label={t('access.formOne')} showSearch={{ optionFilterProp: 'label' }} value={form} onChange={setForm} options={names.forms.filter((one) => one.columns.length > 0).map((one) => ({ value: one.name, label: names.formTitle(one.name) }))} /></div>
        <label htmlFor="why-record"><span>{t('access.record')}</span><Input id="why-record" value={record} placeholder={t('access.recordHint')} onChange={(event) => { setRecord(event.target.value) }} /></label>
        {drafted ? <Checkbox checked={draft} onChange={(event) => { setDraft(event.target.checked) }}>{t('access.byDraft')}</Checkbox> : null}
        <Button type="primary" htmlType="submit" disabled={!person || record.trim() === ''}>{t('access.ask')}</Button>
      </form>
      {why.error ? <ErrorNote error={why.error} retry={() => void why.refetch()} /> : null}
      {asked && why.isPending ? <Skeleton lines={6} tall /> : null}
      {!asked ? <Empty icon={<CircleHelp aria-hidden="true" />} title={t('access.whyEmpty')} hint={t('access.whyEmptyHint')} /> : null}
      {asked && why.data && search.form ? <Answer form={search.form} draft={search.draft ?? false} answer={why.data} /> : null}
    </Page>
  )
}
