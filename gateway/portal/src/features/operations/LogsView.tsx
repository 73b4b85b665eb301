import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Input } from 'antd'
import { ScrollText } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import type { operationsSearch } from '@/app/search'
import type { LogLine } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Segments } from '@/shared/Segments'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { telemetry } from './client'
import style from './Operations.module.css'
import { partText } from './words'

type Search = ReturnType<typeof operationsSearch>
const levels = ['info', 'warning', 'error'] as const

/** How grave a line is. */
export function Level({ level }: { level: string }) {
  const { find } = useSpeech()
  return <Tag tone={level === 'error' ? 'late' : level === 'warning' ? 'outline' : 'quiet'}>{find(`operations.level.${level}`) ?? level}</Tag>
}

/** What a line says besides, by name. */
export function fieldsText(line: LogLine): string {
  return Object.entries(line.fields).filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`).join('  ')
}

/** Lines of every part's log, newest first. */
export function LogsView({ search, onChange }: { search: Search; onChange: (next: Partial<Search>) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const level = search.level ?? 'info'
  const text = search.text ?? ''
  const query = useInfiniteQuery({
    queryKey: ['operations', 'logs', level, text],
    queryFn: ({ pageParam, signal }) => telemetry.listLogs({ level, text, page: { size: 100, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
    placeholderData: (old) => old,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.logs) ?? [], [query.data])
  const trace = (one: LogLine) => (one.traceId ? <Link to="/operations/traces/$id" params={{ id: one.traceId }}>{t('operations.trace')}</Link> : null)
  const columns: Column<LogLine>[] = [
    { key: 'at', title: t('operations.at'), track: '130px', render: (one) => <Time at={one.at} past /> },
    { key: 'part', title: t('operations.part'), track: '110px', render: (one) => partText(one.part, speech) },
    { key: 'level', title: t('operations.level'), track: '84px', render: (one) => <Level level={one.level} /> },
    { key: 'text', title: t('operations.text'), track: 'minmax(200px, 4fr)', render: (one) => <span title={`${one.text}  ${fieldsText(one)}`}>{one.text} <span className="faint">{fieldsText(one)}</span></span> },
    { key: 'trace', title: t('operations.trace'), track: '84px', render: (one) => trace(one) ?? '—' },
  ]
  return (
    <>
      <div className={style.filters}>
        <Segments label={t('operations.level')} value={level} onChange={(value) => { onChange({ level: value === 'info' ? undefined : value }) }} options={levels.map((value) => ({ value, label: t(`operations.level.${value}`) }))} />
        <Input.Search className={style.search} defaultValue={text} allowClear placeholder={t('operations.searchLogs')} aria-label={t('operations.searchLogs')} onSearch={(value) => { onChange({ text: value || undefined }) }} />
      </div>
      <List
        label={t('operations.view.logs')}
        rows={rows}
        rowKey={(one) => one.id}
        columns={columns}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        empty={<Empty icon={<ScrollText aria-hidden="true" />} title={t('operations.noLogs')} hint={t('operations.noLogsHint')} />}
        card={(one) => (
          <div className={style.line}>
            <p><Level level={one.level} /> <b>{partText(one.part, speech)}</b> {one.text}</p>
            <p className="secondary"><Time at={one.at} past /> · {fieldsText(one)} {trace(one)}</p>
          </div>
        )}
      />
    </>
  )
}
