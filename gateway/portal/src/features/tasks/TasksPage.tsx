import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { ClipboardList, Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { dispatch } from '@/app/transport'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { TaskBucket, TaskSchema, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Time } from '@/shared/Time'
import { useTyped } from '@/shared/useTyped'

import { ExportButton } from '../disclosures/ExportButton'
import { taskQuery, useTasks } from './queries'
import { TaskTags } from './TaskPane'
import { rememberTrail } from './trail'
import { kindText, sourceText, taskKinds } from './words'
import style from './TasksPage.module.css'

const AssignDialog = lazy(() => import('./EndDialogs').then((dialogs) => ({ default: dialogs.AssignDialog })))
const route = getRouteApi('/tasks')

/** Buckets as the address names them. */
export const taskBuckets = ['todo', 'overdue', 'today', 'upcoming', 'unassigned', 'ended'] as const
type BucketName = (typeof taskBuckets)[number]

const wanted: Record<BucketName, TaskBucket> = {
  todo: TaskBucket.TODO,
  overdue: TaskBucket.OVERDUE,
  today: TaskBucket.TODAY,
  upcoming: TaskBucket.UPCOMING,
  unassigned: TaskBucket.UNASSIGNED,
  ended: TaskBucket.ENDED,
}

const sources = ['generator', 'manual', 'gnet-crm', 'fixed-line-dispatch']

function useColumns(unassigned: boolean, onAssign: (task: Task) => void): Column<Task>[] {
  const speech = useSpeech()
  const units = useUnits()
  const { t } = speech
  return useMemo(() => {
    const all: Column<Task>[] = [
      { key: 'due', title: t('task.field.due_at'), track: '112px', render: (task) => <Time at={task.dueAt} /> },
      { key: 'kind', title: t('task.field.kind'), track: '92px', render: (task) => kindText(task.kind, t) },
      { key: 'title', title: t('task.field.title'), track: 'minmax(180px, 3fr)', render: (task) => <Link to="/tasks/$id" params={{ id: task.id }} title={task.title}>{task.title}</Link> },
      { key: 'state', title: t('task.field.state'), track: 'minmax(216px, 1.4fr)', render: (task) => <span className={style.tags}><TaskTags task={task} /></span> },
      { key: 'owner', title: t('task.field.owner_number'), track: 'minmax(90px, 1fr)', render: (task) => task.ownerName || task.ownerNumber || (unassigned ? <Button size="small" onClick={() => { onAssign(task) }}>{t('task.assign')}</Button> : <span className="faint">{t('task.unassigned')}</span>) },
      { key: 'community', title: t('task.field.community_id'), track: 'minmax(90px, 1fr)', render: (task) => units.name(task.communityId) || <span className="faint">—</span> },
      { key: 'source', title: t('task.field.source'), track: 'minmax(96px, 1fr)', render: (task) => sourceText(task.source, speech) },
    ]
    return all
  }, [t, units, unassigned, onAssign, speech])
}

/** Every task in reach, with filters that stand in the address. */
export default function TasksPage() {
  const speech = useSpeech()
  const { t, language } = speech
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/tasks' })
  const client = useQueryClient()
  const units = useUnits()
  const access = useAccess()
  const [assigning, setAssigning] = useState<Task>()
  const bucket = search.bucket ?? 'todo'
  const change = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const [typed, setTyped] = useTyped(search.query ?? '', (query) => { change({ query: query || undefined }) })
  const wish = {
    bucket: wanted[bucket],
    kinds: search.kinds ?? [],
    bureauId: search.bureau ?? '',
    communityId: search.community ?? '',
    ownerNumber: search.owner ?? '',
    source: search.source ?? '',
    query: search.query ?? '',
  }
  const { query, tasks, total, counts } = useTasks(wish)
  const mayAssign = access.may('dispatch.assignment', Action.CHANGE)
  const columns = useColumns(mayAssign, setAssigning)
  useEffect(() => {
    rememberTrail(tasks.map((task) => task.id), location.pathname + location.search)
  }, [tasks])
  const number = (count: bigint | undefined) => (count === undefined ? '' : ` ${countText(count, language)}`)
  const labels: Record<BucketName, string> = {
    todo: t('tasks.bucket.todo') + number(counts && counts.overdue + counts.today + counts.upcoming),
    overdue: t('tasks.bucket.overdue') + number(counts?.overdue),
    today: t('tasks.bucket.today') + number(counts?.today),
    upcoming: t('tasks.bucket.upcoming') + number(counts?.upcoming),
    unassigned: t('tasks.bucket.unassigned') + number(counts?.unassigned),
    ended: t('tasks.bucket.ended'),
  }
  const filtered = Boolean(search.query ?? search.bureau ?? search.community ?? search.source ?? search.owner) || Boolean(search.kinds?.length)
  return (
    <Page title={t('tasks.title')} fill actions={<ExportButton form="dispatch.task" record={TaskSchema} keys={[{ path: 'due_at', title: t('task.field.due_at') }, { path: 'state', title: t('task.field.state') }, { path: 'owner_name', title: t('task.field.owner_number') }]} rows={total} states={tasks[0]?.columns} start={(more) => dispatch.startExport({ ...more, filter: wish })} />}>
      <div className={style.filters}>
        <Segments label={t('tasks.buckets')} value={bucket} onChange={(value) => { change({ bucket: value === 'todo' ? undefined : value }) }} options={taskBuckets.filter((name) => name !== 'unassigned' || mayAssign).map((name) => ({ value: name, label: labels[name] }))} />
        <div className={style.row}>
          <Input className={style.search} allowClear prefix={<Search size={15} aria-hidden="true" />} aria-label={t('tasks.search')} placeholder={t('tasks.search')} value={typed} onChange={(event) => { setTyped(event.target.value) }} />
          <Select className={style.kinds} mode="multiple" maxTagCount="responsive" allowClear aria-label={t('task.field.kind')} placeholder={t('tasks.allKinds')} value={search.kinds ?? []} onChange={(kinds) => { change({ kinds: kinds.length ? kinds : undefined }) }} options={taskKinds.map((kind) => ({ value: kind, label: kindText(kind, t) }))} />
          {units.bureaus.length > 1 ? <Select className={style.select} allowClear aria-label={t('task.field.bureau_id')} placeholder={t('tasks.allBureaus')} value={search.bureau} onChange={(bureau?: string) => { change({ bureau, community: undefined }) }} options={units.bureaus.map((unit) => ({ value: unit.id, label: unit.name }))} /> : null}
          <Select className={style.select} allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('task.field.community_id')} placeholder={t('tasks.allCommunities')} value={search.community} onChange={(community?: string) => { change({ community }) }} options={units.communities(search.bureau ?? '').map((unit) => ({ value: unit.id, label: unit.name }))} />
          <Select className={style.select} allowClear aria-label={t('task.field.source')} placeholder={t('tasks.allSources')} value={search.source} onChange={(source?: string) => { change({ source }) }} options={sources.map((source) => ({ value: source, label: sourceText(source, speech) }))} />
          {filtered ? <Button type="link" onClick={() => { setTyped(''); void navigate({ search: { bucket: search.bucket }, replace: true }) }}>{t('list.clear')}</Button> : null}
        </div>
      </div>
      <List
        label={t('tasks.title')}
        rows={tasks}
        rowKey={(task) => task.id}
        columns={columns}
        total={total}
        loading={query.isFetching && !query.isFetchedAfterMount ? true : query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        onOpen={(task) => void navigate({ to: '/tasks/$id', params: { id: task.id } })}
        onPoint={(task) => void client.prefetchQuery(taskQuery(task.id))}
        empty={<Empty icon={<ClipboardList aria-hidden="true" />} title={t(filtered ? 'tasks.emptyFiltered.title' : 'tasks.empty.title')} hint={t(filtered ? 'tasks.emptyFiltered.hint' : bucket === 'unassigned' ? 'tasks.empty.unassigned' : 'tasks.empty.hint')} />}
        card={(task) => (
          <div className={style.card}>
            <p><span className="secondary">{kindText(task.kind, t)}</span> <Link to="/tasks/$id" params={{ id: task.id }}>{task.customerName || task.title}</Link></p>
            <p className="secondary"><Time at={task.dueAt} /> · {[task.ownerName || t('task.unassigned'), units.name(task.communityId)].filter(Boolean).join(' · ')}</p>
            <p className={style.tags}><TaskTags task={task} /></p>
          </div>
        )}
      />
      <Suspense>{assigning ? <AssignDialog task={assigning} onClose={() => { setAssigning(undefined) }} /> : null}</Suspense>
    </Page>
  )
}
