import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { CheckCheck } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { ApprovalKind, ApprovalState, type Approval } from '@/rpc/crm/support/v1/access_pb'
import { cx } from '@/shared/cx'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { Split, useWide } from '@/shared/Split'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { usePersonName } from '@/shared/usePersonName'

import { ApprovalPane } from './ApprovalPane'
import style from './Approvals.module.css'
import { approvalsQuery } from './queries'
import { approvalTitle } from './words'

const route = getRouteApi('/approvals')

/** Whether an approval waits, and for whom, or how it was decided. */
export function ApprovalTags({ approval }: { approval: Approval }) {
  const { t } = useSpeech()
  const absent = usePersonName(approval.standingInFor)
  if (approval.state === ApprovalState.APPROVED) return <Tag tone="accent">{t('approval.state.approved')}</Tag>
  if (approval.state === ApprovalState.REFUSED) return <Tag tone="late">{t('approval.state.refused')}</Tag>
  return (
    <>
      <Tag tone={approval.mineToDecide ? 'accent' : 'quiet'}>{t(approval.mineToDecide ? 'approval.mine' : 'approval.others')}</Tag>
      {approval.standingInFor ? <Tag tone="outline">{t('approval.standIn', { name: absent })}</Tag> : null}
    </>
  )
}

/** What waits for a second person, and what was decided; the chosen one beside the list. */
export default function ApprovalsPage() {
  const speech = useSpeech()
  const { t } = speech
  const { show = 'waiting', open } = route.useSearch()
  const navigate = useNavigate({ from: '/approvals' })
  const wide = useWide()
  const query = useInfiniteQuery(approvalsQuery(show))
  const rows = useMemo(() => {
    const all = query.data?.pages.flatMap((page) => page.approvals) ?? []
    return show === 'decided' ? all.filter((one) => one.state !== ApprovalState.WAITING) : [...all].sort((a, b) => Number(b.mineToDecide) - Number(a.mineToDecide))
  }, [query.data, show])
  const chosen = rows.find((one) => one.id === open) ?? (wide ? rows[0] : undefined)
  const choose = (id: string | undefined) => void navigate({ search: (old) => ({ ...old, open: id }), replace: true })
  return (
    <Page title={t('nav.approvals')} note={t('approval.note')} fill>
      <div className={style.filters}>
        <Segments label={t('task.field.state')} value={show} onChange={(value) => void navigate({ search: value === 'waiting' ? {} : { show: value }, replace: true })} options={(['waiting', 'decided'] as const).map((value) => ({ value, label: t(`approval.show.${value}`) }))} />
      </div>
      <Split
        listLabel={t('nav.approvals')}
        list={
          <>
            {query.error ? <div className={style.pad}><ErrorNote error={query.error} retry={() => void query.refetch()} /></div> : null}
            {query.isPending ? <div className={style.pad}><Skeleton lines={6} tall /></div> : null}
            {query.isSuccess && rows.length === 0 ? <Empty icon={<CheckCheck aria-hidden="true" />} title={t(show === 'waiting' ? 'approval.none' : 'approval.noneDecided')} hint={t(show === 'waiting' ? 'approval.noneHint' : 'approval.noneDecidedHint')} /> : null}
            <ul className={style.rows}>
              {rows.map((one) => (
                <li key={one.id}>
                  <button type="button" className={cx(style.row, one.id === chosen?.id && style.chosen)} aria-current={one.id === chosen?.id ? 'true' : undefined} onClick={() => { choose(one.id) }}>
                    <span className={style.line}><b>{approvalTitle(one, speech)}</b> <span className={style.tags}><ApprovalTags approval={one} /></span></span>
                    <span className={style.line}><span className="secondary">{t(one.kind === ApprovalKind.EXPORT ? 'approval.kind.export' : one.kind === ApprovalKind.PARAMETER ? 'approval.kind.parameter' : 'approval.kind.policy')} · {one.requestedByName || one.requestedBy}</span> <span className="faint"><Time at={one.requestedAt} past /></span></span>
                  </button>
                </li>
              ))}
            </ul>
            {query.hasNextPage ? <button type="button" className={style.more} disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('list.more')}</button> : null}
          </>
        }
        detailLabel={t('approval.detail')}
        detail={chosen ? <ApprovalPane key={chosen.id} approval={chosen} /> : <Empty title={t('approval.nothingChosen')} />}
        open={open !== undefined && chosen !== undefined}
        onClose={() => { choose(undefined) }}
      />
    </Page>
  )
}
