import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ExternalLink, Sun } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'

import { useSpeech } from '@/app/i18n'
import { doesTasks, useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { TaskBucket, WriteBackState, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { Split, useWide } from '@/shared/Split'
import { useNow } from '@/shared/useNow'
import { useShortcuts } from '@/shared/useShortcuts'

import type { CompletionHandle } from './CompletionForm'
import { currentEndings, subscribeEndings } from './endings'
import { Greeting } from './Greeting'
import { DayList } from './DayList'
import style from './HomePage.module.css'
import { customerQuery } from '../customers/queries'
import { rememberTrail } from './trail'
import { taskQuery, useTasks } from './queries'
import { prepareCompletion, TaskPane } from './TaskPane'
import { Tiles, type Tile } from './Tiles'
import { kindText } from './words'

const SystemTiles = lazy(() => import('@/features/systems/SystemTiles'))
const route = getRouteApi('/')

const buckets: Record<Tile, TaskBucket> = {
  overdue: TaskBucket.OVERDUE,
  today: TaskBucket.TODAY,
  upcoming: TaskBucket.UPCOMING,
  writeback: TaskBucket.ENDED,
}

/** The tasks of the day as the page shows them: what is ending has left the list, what is chosen by a tile remains. */
function useDay(show: Tile | undefined) {
  const mine = doesTasks()
  const { sees } = useAccess()
  // A manager has tasks for sure and need not wait for the rules.
  const { query, tasks, counts } = useTasks({ bucket: show ? buckets[show] : TaskBucket.TODO, mine }, { enabled: mine || sees('dispatch.task') })
  const endings = useSyncExternalStore(subscribeEndings, currentEndings)
  const rows = useMemo(() => {
    const there = show === 'writeback' ? tasks.filter((task) => task.writeBack === WriteBackState.PENDING) : tasks
    return there.filter((task) => !endings.has(task.id))
  }, [tasks, endings, show])
  const less = (bucket: 'overdue' | 'today' | 'upcoming') => [...endings.values()].filter((ending) => ending.bucket === bucket).length
  // The list of ended tasks is walked until every answer on its way is on the page: what the tile counts, it shows.
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const missing = show === 'writeback' && counts !== undefined && rows.length < Number(counts.writeBackPending)
  useEffect(() => {
    if (missing && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [missing, hasNextPage, isFetchingNextPage, fetchNextPage])
  const shown = counts && {
    overdue: Math.max(0, Number(counts.overdue) - less('overdue')),
    today: Math.max(0, Number(counts.today) - less('today')),
    upcoming: Math.max(0, Number(counts.upcoming) - less('upcoming')),
    writeback: Number(counts.writeBackPending),
    unassigned: Number(counts.unassigned),
    failed: Number(counts.writeBackFailed),
  }
  return { query, rows, counts: shown }
}

/** The day: what is late, what is due, and the chosen task beside it. */
export function HomePage() {
  const { t } = useSpeech()
  const { task: chosen, show } = route.useSearch()
  const navigate = useNavigate({ from: '/' })
  const wide = useWide()
  const now = useNow()
  const client = useQueryClient()
  const access = useAccess()
  const form = useRef<CompletionHandle>(null)
  const list = useRef<HTMLElement>(null)
  const { query, rows, counts } = useDay(show)
  const chosenRow = rows.find((task) => task.id === chosen)

  const select = useCallback(
    (id: string | undefined, replace = wide) => void navigate({ search: (old) => ({ ...old, task: id }), replace, resetScroll: false }),
    [navigate, wide],
  )
  const point = useCallback(
    (id: string) => {
      void client.prefetchQuery(taskQuery(id))
    },
    [client],
  )
  // Something is always open beside the list; a row that came later never takes its place.
  const [firstRow] = rows
  useEffect(() => {
    if (wide && !chosen && firstRow) select(firstRow.id, true)
  }, [wide, chosen, firstRow, select])
  useEffect(prepareCompletion, [])
  useEffect(() => {
    rememberTrail(rows.map((task) => task.id), `/${show ? `?show=${show}` : ''}`)
  }, [rows, show])
  // The one after the chosen is wanted next.
  useEffect(() => {
    const next = rows[rows.findIndex((task) => task.id === chosen) + 1]
    if (!next) return
    void client.prefetchQuery(taskQuery(next.id))
    if (next.customerId) void client.prefetchQuery(customerQuery(next.customerId))
  }, [rows, chosen, client])

  const step = (by: number) => {
    const at = rows.findIndex((task) => task.id === chosen)
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)]
    if (!next) return
    select(next.id, true)
    list.current?.querySelector(`[data-task="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const open = (id: string) => void navigate({ to: '/tasks/$id', params: { id } })
  useShortcuts({
    j: () => { step(1) },
    k: () => { step(-1) },
    ArrowDown: wide ? () => { step(1) } : undefined,
    ArrowUp: wide ? () => { step(-1) } : undefined,
    Enter: () => { if (chosen) open(chosen) },
    c: () => form.current?.finish(),
  })

  const onEnded = (task: Task) => {
    const at = rows.findIndex((row) => row.id === task.id)
    const next = rows[at + 1] ?? rows[at - 1]
    select(wide ? next?.id : undefined, true)
  }
  const onBack = (task: Task) => {
    select(task.id, true)
  }
  const pane = chosen ? (
    <TaskPane
      key={chosen}
      id={chosen}
      form={form}
      onEnded={onEnded}
      onBack={onBack}
      head={wide ? <button type="button" className={style.whole} onClick={() => { open(chosen) }}><ExternalLink size={14} aria-hidden="true" />{t('task.openWhole')}<kbd>Enter</kbd></button> : undefined}
    />
  ) : null

  if (access.known && !access.sees('dispatch.task')) return <div className={style.page}><Greeting /><Suspense><SystemTiles /></Suspense><Empty icon={<Sun aria-hidden="true" />} title={t('home.noTasks.title')} hint={t('home.noTasks.hint')} /></div>
  return (
    <div className={style.page}>
      <Greeting />
      <Tiles counts={counts} show={show} mayAssign={access.may('dispatch.assignment', Action.CHANGE)} seesFailed={access.sees('dispatch.write_back')} onShow={(tile) => void navigate({ search: { show: tile === show ? undefined : tile, task: undefined }, replace: true })} />
      <Suspense><SystemTiles /></Suspense>
      <Split
        listLabel={t(doesTasks() ? 'home.list' : 'home.listAll')}
        listRef={list}
        list={
          <>
            {query.error && rows.length === 0 ? <div className={style.note}><ErrorNote error={query.error} retry={() => void query.refetch()} /></div> : null}
            {query.isPending ? <div className={style.note}><Skeleton lines={9} tall /></div> : null}
            {query.isSuccess && rows.length === 0 ? (
              <Empty icon={<Sun aria-hidden="true" />} title={t(show ? 'home.emptyTile.title' : 'home.empty.title')} hint={t(show ? 'home.emptyTile.hint' : 'home.empty.hint')} />
            ) : null}
            <DayList rows={rows} counts={counts} now={now} ended={show === 'writeback'} selected={chosen} onSelect={(id) => { select(id) }} onPoint={point} />
            {query.hasNextPage ? <button type="button" className={style.more} disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t(query.isFetchingNextPage ? 'state.loading' : 'list.more')}</button> : null}
          </>
        }
        detailLabel={!wide && chosenRow ? kindText(chosenRow.kind, t) : t('home.detail')}
        detail={pane ?? (query.isPending ? <div className={style.note}><Skeleton lines={8} /></div> : <Empty title={t('home.nothingChosen')} hint={t('home.keys')} />)}
        open={chosen !== undefined}
        onClose={() => { select(undefined, true) }}
      />
    </div>
  )
}
