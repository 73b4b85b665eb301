import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { GitCompare, History as HistoryIcon, RotateCcw } from 'lucide-react'
import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { PolicyState, type Policy } from '@/rpc/crm/support/v1/access_pb'
import { Dialog } from '@/shared/Dialog'
import { List, type Column } from '@/shared/List'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { say } from '@/shared/toasts'
import { usePersonName } from '@/shared/usePersonName'

import style from './Access.module.css'
import { AccessTabs } from './AccessTabs'
import { access } from './client'
import { Differences } from './Differences'
import { takeServers, usePolicyDraft } from './draft'
import { differencesQuery, draftQuery } from './queries'

const route = getRouteApi('/roles/versions')

const states = { [PolicyState.UNSPECIFIED]: 'draft', [PolicyState.DRAFT]: 'draft', [PolicyState.SUBMITTED]: 'submitted', [PolicyState.PUBLISHED]: 'published', [PolicyState.REFUSED]: 'refused' } as const

function State({ policy }: { policy: Policy }) {
  const { t } = useSpeech()
  if (policy.inForce) return <Tag tone="accent">{t('access.inForce')}</Tag>
  return <Tag tone={policy.state === PolicyState.REFUSED ? 'late' : 'quiet'}>{t(`access.state.${states[policy.state]}`)}</Tag>
}

/** Who made or agreed to a version; what came of itself was made by the product. */
function Who({ number }: { number: string }) {
  const { t } = useSpeech()
  const name = usePersonName(number.startsWith('svc-') ? '' : number)
  return <>{number.startsWith('svc-') ? t('access.byProduct') : name || '—'}</>
}

/** Two versions side by side, any two. */
function Compare({ policies, from, to, name, onChange, onClose }: { policies: Policy[]; from: string; to: string; name: (policy: Policy) => string; onChange: (from: string, to: string) => void; onClose: () => void }) {
  const { t } = useSpeech()
  const differences = useQuery(differencesQuery(from, to))
  const options = [...policies.map((policy) => ({ value: policy.id, label: name(policy) })), { value: 'template', label: t('access.asDelivered') }]
  return (
    <Dialog title={t('access.compare')} shape="sheet" size="wide" onClose={onClose}>
      <div className={style.fields}>
        <div className={style.field}><span>{t('access.older')}</span><Select aria-label={t('access.older')} value={from} onChange={(value) => { onChange(value, to) }} options={options} /></div>
        <div className={style.field}><span>{t('access.newer')}</span><Select aria-label={t('access.newer')} value={to} onChange={(value) => { onChange(from, value) }} options={options.filter(({ value }) => value !== 'template')} /></div>
      </div>
      <div style={{ marginTop: 14 }}>
        {differences.isPending ? <Skeleton lines={5} /> : null}
        {differences.error ? <ErrorNote error={differences.error} retry={() => void differences.refetch()} compact /> : null}
        {differences.data ? <Differences differences={differences.data} /> : null}
      </div>
    </Dialog>
  )
}

/** Asks before a draft that is there gives way to an older version. */
function Restore({ policy, name, onClose }: { policy: Policy; name: string; onClose: () => void }) {
  const { t } = useSpeech()
  const navigate = useNavigate()
  const client = useQueryClient()
  const { draft } = usePolicyDraft()
  const restore = useMutation({
    mutationFn: async () => {
      if (draft) await access.discardPolicyDraft({})
      return access.restorePolicy({ id: policy.id })
    },
    onSuccess: async ({ policy: made }) => {
      client.setQueryData(draftQuery.queryKey, made ?? null)
      await takeServers()
      say({ tone: 'good', text: t('access.restored', { name }), detail: t('access.restoredHint') })
      void navigate({ to: '/roles/draft' })
    },
  })
  return (
    <Dialog title={t('access.restoreNamed', { name })} onClose={onClose} footer={<><Button onClick={onClose}>{t('action.back')}</Button><Button type="primary" loading={restore.isPending} onClick={() => { restore.mutate() }}>{t('access.restoreDo')}</Button></>}>
      <p>{t('access.restoreHint')}</p>
      {draft ? <p><b>{t('access.restoreLosesDraft')}</b></p> : null}
      {restore.error ? <ErrorNote error={restore.error} compact /> : null}
    </Dialog>
  )
}

/** Every version of the rules: who made it, who agreed, why; any two can be compared and any one restored. */
export default function VersionsPage() {
  const { t, find } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/roles/versions' })
  const { may } = useAccess()
  const [restoring, setRestoring] = useState<Policy>()
  const query = useInfiniteQuery({
    queryKey: ['policy-versions'],
    queryFn: ({ pageParam, signal }) => access.listPolicyVersions({ page: { size: 50, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.policies) ?? [], [query.data])
  const total = query.data?.pages[0]?.page?.total
  const mayChange = may('support.role', Action.CHANGE)
  const name = (policy: Policy) => (policy.number > 0n ? t('access.version', { n: String(policy.number) }) : t(`access.state.${states[policy.state]}`))
  const why = (policy: Policy) => find(`access.note.${policy.note}`) ?? policy.note
  const before = (policy: Policy) => rows.slice(rows.indexOf(policy) + 1).find((one) => one.state === PolicyState.PUBLISHED)
  const compare = (from: string | undefined, to: string | undefined) => void navigate({ search: { from, to }, replace: true })
  const actions = (policy: Policy) => {
    const older = before(policy)
    return (
      <span className={style.tags}>
        <Button size="small" icon={<GitCompare size={14} aria-hidden="true" />} onClick={() => { compare(older?.id ?? 'template', policy.id) }}>{t('access.compare')}</Button>
        {mayChange && !policy.inForce && policy.state === PolicyState.PUBLISHED ? <Button size="small" icon={<RotateCcw size={14} aria-hidden="true" />} onClick={() => { setRestoring(policy) }}>{t('access.restore')}</Button> : null}
      </span>
    )
  }
  const columns: Column<Policy>[] = [
    { key: 'number', title: t('access.versionNumber'), track: '110px', render: name },
    { key: 'state', title: t('task.field.state'), track: '110px', render: (policy) => <State policy={policy} /> },
    { key: 'note', title: t('access.why'), track: 'minmax(180px, 3fr)', render: (policy) => <span title={why(policy)}>{why(policy) || '—'}</span> },
    { key: 'author', title: t('access.author'), track: 'minmax(80px, 1fr)', render: (policy) => <Who number={policy.author} /> },
    { key: 'approver', title: t('access.approver'), track: 'minmax(80px, 1fr)', render: (policy) => <Who number={policy.approver} /> },
    { key: 'at', title: t('access.at'), track: '150px', render: (policy) => <Time at={policy.at} past /> },
    { key: 'actions', title: t('access.compare'), track: '236px', render: actions },
  ]
  return (
    <Page title={t('access.title')} note={t('access.versionsNote')} fill>
      <AccessTabs />
      <List
        label={t('access.tab.versions')}
        rows={rows}
        rowKey={(policy) => policy.id}
        columns={columns}
        total={total === undefined ? undefined : Number(total)}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        onOpen={(policy) => { compare(before(policy)?.id ?? 'template', policy.id) }}
        empty={<Empty icon={<HistoryIcon aria-hidden="true" />} title={t('access.noVersions')} hint={t('access.noVersionsHint')} />}
        card={(policy) => (
          <div className={style.card}>
            <p><b>{name(policy)}</b> <State policy={policy} /> <span className="secondary"><Time at={policy.at} past /></span></p>
            <p className="secondary">{why(policy)} · <Who number={policy.author} />{policy.approver ? <> · <Who number={policy.approver} /></> : null}</p>
            {actions(policy)}
          </div>
        )}
      />
      {search.from && search.to ? <Compare policies={rows} from={search.from} to={search.to} name={name} onChange={compare} onClose={() => { compare(undefined, undefined) }} /> : null}
      {restoring ? <Restore policy={restoring} name={name(restoring)} onClose={() => { setRestoring(undefined) }} /> : null}
    </Page>
  )
}
