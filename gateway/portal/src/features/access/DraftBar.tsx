import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { session } from '@/app/session'
import { ApprovalKind } from '@/rpc/crm/support/v1/access_pb'
import { Dialog } from '@/shared/Dialog'
import { ErrorNote } from '@/shared/Notes'
import { Time } from '@/shared/Time'

import { approvalsQuery } from '../approvals/queries'
import style from './Access.module.css'
import { discardDraft, keepNow, takeServers, usePolicyDraft } from './draft'
import { differencesQuery } from './queries'

/** Asks before a draft is thrown away: that cannot be undone. */
export function DiscardButton({ onDone }: { onDone?: () => void }) {
  const { t } = useSpeech()
  const [asking, setAsking] = useState(false)
  const discard = useMutation({
    mutationFn: discardDraft,
    onSuccess: () => {
      setAsking(false)
      onDone?.()
    },
  })
  return (
    <>
      <Button onClick={() => { setAsking(true) }}>{t('access.discard')}</Button>
      {asking ? (
        <Dialog title={t('access.discard')} onClose={() => { setAsking(false) }} footer={<><Button onClick={() => { setAsking(false) }}>{t('action.back')}</Button><Button type="primary" danger loading={discard.isPending} onClick={() => { discard.mutate() }}>{t('access.discardDo')}</Button></>}>
          <p>{t('access.discardHint')}</p>
          {discard.error ? <ErrorNote error={discard.error} compact /> : null}
        </Dialog>
      ) : null}
    </>
  )
}

/** How many changes the draft holds, that it is kept, and the way to hand it in. */
export function DraftBar() {
  const { t } = useSpeech()
  const navigate = useNavigate()
  const { keeping, draft, begun } = usePolicyDraft()
  const waiting = useInfiniteQuery(approvalsQuery('waiting')).data?.pages.flatMap((page) => page.approvals) ?? []
  const handedIn = waiting.some((one) => one.kind === ApprovalKind.POLICY && one.requestedBy === session().staff_number)
  const differences = useQuery({ ...differencesQuery('', 'draft', draft?.version), enabled: draft !== null, placeholderData: (old) => old })
  if (handedIn && !begun) return <div className={style.hold} role="status"><p>{t('access.handedInWaits')}</p><div className={style.holdActions}><Link to="/approvals">{t('nav.approvals')}</Link></div></div>
  if (!begun) return null
  if (keeping.state === 'failed' || keeping.state === 'stale') {
    return (
      <div className={style.hold}>
        <ErrorNote error={keeping.error} compact />
        <div className={style.holdActions}>
          {keeping.state === 'stale' ? <Button onClick={() => void takeServers()}>{t('access.takeServers')}</Button> : <Button type="primary" onClick={() => void keepNow()}>{t('action.retry')}</Button>}
        </div>
      </div>
    )
  }
  const count = differences.data?.length
  return (
    <div className={style.hold} role="status">
      <p>
        <b>{count === undefined ? t('access.draft') : t('access.draftCount', { n: count })}</b>{' '}
        <span className="secondary">{keeping.state === 'incomplete' ? t('access.unitsWanted') : keeping.state === 'kept' ? <>{t('access.kept')} <Time at={draft?.at} past /></> : t('access.keeping')}</span>
      </p>
      <div className={style.holdActions}>
        <DiscardButton />
        <Button type="primary" disabled={keeping.state === 'incomplete'} onClick={() => void navigate({ to: '/roles/draft' })}>{t('access.lookAndHandIn')}</Button>
      </div>
    </div>
  )
}
