import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { Route, X } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import type { operationsSearch } from '@/app/search'
import { TraceOrder, type TraceLine } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Segments } from '@/shared/Segments'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { telemetry } from './client'
import style from './Operations.module.css'
import { callText, contractText, partText, tookText } from './words'

type Search = ReturnType<typeof operationsSearch>

/** Kept traces: the slowest, the failed, the newest. */
export function TracesView({ search, onChange }: { search: Search; onChange: (next: Partial<Search>) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const navigate = useNavigate()
  const show = search.failed ? 'failed' : (search.order ?? 'slowest')
  const name = search.name ?? ''
  const query = useQuery({
    queryKey: ['operations', 'traces', show, name],
    queryFn: ({ signal }) => telemetry.listTraces({ order: show === 'slowest' ? TraceOrder.SLOWEST : TraceOrder.UNSPECIFIED, failed: show === 'failed', name, size: 200 }, { signal }),
    refetchInterval: 15_000,
    placeholderData: (old) => old,
  })
  const failed = (trace: TraceLine) => (trace.failedIn ? <Tag tone="late">{t('operations.failedIn', { part: partText(trace.failedIn, speech) })}</Tag> : null)
  const columns: Column<TraceLine>[] = [
    { key: 'at', title: t('operations.at'), track: '130px', render: (one) => <Time at={one.beganAt} past /> },
    { key: 'name', title: t('operations.call'), track: 'minmax(180px, 2fr)', render: (one) => <Link to="/operations/traces/$id" params={{ id: one.traceId }} title={contractText(one.name)}>{callText(one.name)}</Link> },
    { key: 'took', title: t('operations.took'), track: '100px', align: 'end', render: (one) => tookText(one.tookMs, speech) },
    { key: 'parts', title: t('operations.through'), track: 'minmax(160px, 2fr)', render: (one) => one.parts.map((part) => partText(part, speech)).join(' → ') },
    { key: 'spans', title: t('operations.spans'), track: '70px', align: 'end', render: (one) => one.spans },
    { key: 'failed', title: t('operations.outcome'), track: 'minmax(130px, 1fr)', render: (one) => failed(one) ?? '—' },
  ]
  return (
    <>
      <div className={style.filters}>
        <Segments label={t('operations.show')} value={show} onChange={(value) => { onChange({ failed: value === 'failed' ? true : undefined, order: value === 'failed' || value === 'slowest' ? undefined : 'newest' }) }} options={(['slowest', 'newest', 'failed'] as const).map((value) => ({ value, label: t(`operations.traces.${value}`) }))} />
        {name ? <Button icon={<X size={14} aria-hidden="true" />} onClick={() => { onChange({ name: undefined }) }}>{callText(name)}</Button> : null}
      </div>
      <List
        label={t('operations.view.traces')}
        rows={query.data?.traces ?? []}
        rowKey={(one) => one.traceId}
        columns={columns}
        loading={query.isPending}
        error={query.error}
        retry={() => void query.refetch()}
        more={false}
        loadMore={() => undefined}
        onOpen={(one) => void navigate({ to: '/operations/traces/$id', params: { id: one.traceId } })}
        empty={<Empty icon={<Route aria-hidden="true" />} title={t('operations.noTraces')} hint={t('operations.noTracesHint')} />}
        card={(one) => (
          <div className={style.line}>
            <p><b>{callText(one.name)}</b> {tookText(one.tookMs, speech)} {failed(one)}</p>
            <p className="secondary"><Time at={one.beganAt} past /> · {one.parts.map((part) => partText(part, speech)).join(' → ')}</p>
          </div>
        )}
      />
    </>
  )
}
