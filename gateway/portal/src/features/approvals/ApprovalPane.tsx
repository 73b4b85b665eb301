import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import { ApprovalKind, ApprovalState, type Approval } from '@/rpc/crm/support/v1/access_pb'
import { Facts } from '@/shared/Facts'
import { ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Skeleton } from '@/shared/Skeleton'
import { Time } from '@/shared/Time'
import { say } from '@/shared/toasts'
import { usePersonName } from '@/shared/usePersonName'

import { access } from '../access/client'
import { Differences } from '../access/Differences'
import { differencesQuery } from '../access/queries'
import { formTitle } from '../disclosures/columns'
import { ApprovalTags } from './ApprovalsPage'
import style from './Approvals.module.css'
import { narrowing, summaryOf } from './queries'
import { approvalTitle } from './words'

/** What the policy changes, as it was when it was handed in. */
function PolicyPart({ approval }: { approval: Approval }) {
  const { sees } = useAccess()
  const { differences } = summaryOf(approval)
  const compared = useQuery({ ...differencesQuery('', approval.subjectId), enabled: !differences && approval.state === ApprovalState.WAITING && sees('support.role') })
  if (differences) return <Differences differences={differences} />
  if (compared.error) return <ErrorNote error={compared.error} retry={() => void compared.refetch()} compact />
  if (compared.data) return <Differences differences={compared.data} />
  return compared.isLoading ? <Skeleton lines={5} /> : null
}

function ExportPart({ approval }: { approval: Approval }) {
  const { t, find, language } = useSpeech()
  const units = useUnits()
  const summary = summaryOf(approval)
  const filter = narrowing(summary.filter ?? {})
  return (
    <Facts
      facts={[
        [t('approval.form'), formTitle(summary.form ?? '', language)],
        [t('approval.rows'), summary.rows === undefined ? '' : <b key="rows">{countText(summary.rows, language)}</b>],
        [t('approval.filter'), filter.map(([name, value]) => `${find(`approval.filter.${name}`) ?? name} ${units.name(value) || value}`).join(t('list.comma')) || t('approval.noFilter')],
        [t('approval.reason'), summary.reason],
      ]}
    />
  )
}

/** What a branch gives up by it, and from when. */
function ParameterPart({ approval }: { approval: Approval }) {
  const { t } = useSpeech()
  const summary = summaryOf(approval)
  return (
    <>
      <p>{t('approval.parameterMeans')}</p>
      <Facts facts={[[t('parameter.effectiveFrom'), summary.effective_from], [t('parameter.note'), summary.note]]} />
    </>
  )
}

function Decide({ approval }: { approval: Approval }) {
  const { t } = useSpeech()
  const client = useQueryClient()
  const [comment, setComment] = useState('')
  const absent = usePersonName(approval.standingInFor)
  const decide = useMutation({
    mutationFn: (approve: boolean) => access.decideApproval({ id: approval.id, approve, comment: comment.trim() }),
    onSuccess: (_, approve) => {
      say({ tone: 'good', text: t(approve ? 'approval.agreed' : 'approval.refused'), detail: t(approval.kind === ApprovalKind.EXPORT ? 'approval.thenExport' : approval.kind === ApprovalKind.PARAMETER ? 'approval.thenParameter' : 'approval.thenPolicy') })
    },
    // Also after a refusal: it may have been decided by somebody else.
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['approvals'] }), client.invalidateQueries({ queryKey: ['policy'] }), client.invalidateQueries({ queryKey: ['policy-versions'] }), client.invalidateQueries({ queryKey: ['parameters'] }), client.invalidateQueries({ queryKey: ['me'] })]),
  })
  return (
    <section className={style.decide} aria-label={t('approval.decide')}>
      {approval.standingInFor ? <p>{t('approval.standInFor', { name: absent })}</p> : null}
      <label htmlFor="approval-comment">{t('approval.comment')}</label>
      <Input.TextArea id="approval-comment" rows={2} maxLength={500} placeholder={t('approval.commentHint')} value={comment} onChange={(event) => { setComment(event.target.value) }} />
      {decide.error ? <ErrorNote error={decide.error} compact /> : null}
      <div className={style.buttons}>
        <Button disabled={comment.trim() === ''} loading={decide.isPending && !decide.variables} onClick={() => { decide.mutate(false) }}>{t('approval.refuse')}</Button>
        <Button type="primary" loading={decide.isPending && decide.variables} onClick={() => { decide.mutate(true) }}>{t('approval.agree')}</Button>
      </div>
    </section>
  )
}

/** One approval whole: what would change or be taken out, and the decision. */
export function ApprovalPane({ approval }: { approval: Approval }) {
  const speech = useSpeech()
  const decider = usePersonName(approval.decidedBy)
  const { t } = speech
  return (
    <article className={style.pane}>
      <h2>{approvalTitle(approval, speech)}</h2>
      <p className={style.tags}><ApprovalTags approval={approval} /></p>
      <p className="secondary">{t('approval.askedBy', { name: approval.requestedByName || approval.requestedBy, number: approval.requestedBy })} · <Time at={approval.requestedAt} past /></p>
      {approval.kind === ApprovalKind.EXPORT ? <ExportPart approval={approval} /> : approval.kind === ApprovalKind.PARAMETER ? <ParameterPart approval={approval} /> : <PolicyPart approval={approval} />}
      {approval.state === ApprovalState.WAITING ? (
        approval.mineToDecide ? <Decide approval={approval} /> : <p className={style.wait}>{t('approval.waitsForOthers')}</p>
      ) : (
        <p className={style.wait}>{t('approval.decidedBy', { name: decider || '—' })} · <Time at={approval.decidedAt} past />{approval.comment ? <><br />{approval.comment}</> : null}</p>
      )}
    </article>
  )
}
