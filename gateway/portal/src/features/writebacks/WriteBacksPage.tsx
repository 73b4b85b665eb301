import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { MailCheck, RotateCw } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { tell } from '@/app/refusal'
import { dispatch } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { WriteBackState, type WriteBack } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { say } from '@/shared/toasts'

import style from './WriteBacksPage.module.css'

const route = getRouteApi('/write-backs')

/** States as the address names them. */
export const writeBackStates = ['failed', 'pending', 'delivered', 'all'] as const

const wanted = { failed: WriteBackState.FAILED, pending: WriteBackState.PENDING, delivered: WriteBackState.DELIVERED, all: WriteBackState.UNSPECIFIED }

function State({ one }: { one: WriteBack }) {
  const { t } = useSpeech()
  if (one.state === WriteBackState.DELIVERED) return <Tag tone="accent">{t('writeBack.delivered')}</Tag>
  if (one.state === WriteBackState.FAILED) return <Tag tone="late">{t('writeBack.failed')}</Tag>
  if (one.state === WriteBackState.DISCARDED) return <Tag>{t('writeBack.discarded')}</Tag>
  return <Tag>{one.attempts > 0 ? t('writeBack.trying', { n: one.attempts + 1 }) : t('writeBack.pending')}</Tag>
}

/** Answers to older systems: what was given up stands first and can be sent once more. */
export default function WriteBacksPage() {
  const speech = useSpeech()
  const { t, find } = speech
  const { state = 'failed' } = route.useSearch()
  const navigate = useNavigate({ from: '/write-backs' })
  const client = useQueryClient()
  const access = useAccess()
  const mayRetry = access.may('dispatch.write_back', Action.CHANGE)
  const query = useInfiniteQuery({
    queryKey: ['write-backs', state],
    queryFn: ({ pageParam, signal }) => dispatch.listWriteBacks({ state: wanted[state], page: { size: 100, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  const retry = useMutation({
    mutationFn: (id: string) => dispatch.retryWriteBack({ id }),
    onSuccess: () => {
      say({ tone: 'good', text: t('writeBacks.sentAgain') })
      return client.invalidateQueries({ queryKey: ['write-backs'] })
    },
    onError: (cause) => {
      const told = tell(cause, speech)
      say({ tone: 'bad', text: told.what, detail: `${told.why} ${told.next}` })
    },
  })
  const { mutate, isPending, variables } = retry
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.writeBacks) ?? [], [query.data])
  const total = query.data?.pages[0]?.page?.total
  const reason = (one: WriteBack) => (one.lastError ? (find(`writeBack.error.${one.lastError}`) ?? t('writeBack.error.other', { code: one.lastError.replace('HTTP_', 'HTTP ') })) : '—')
  const again = (one: WriteBack) =>
    mayRetry && one.state === WriteBackState.FAILED ? (
      <Button size="small" icon={<RotateCw size={14} aria-hidden="true" />} loading={isPending && variables === one.id} onClick={() => { mutate(one.id) }}>{t('writeBacks.again')}</Button>
    ) : null
  const columns: Column<WriteBack>[] = [
    { key: 'created', title: t('writeBacks.created'), track: '140px', render: (one) => <Time at={one.createdAt} past /> },
    { key: 'system', title: t('writeBacks.system'), track: 'minmax(110px, 1fr)', render: (one) => find(`task.source.${one.system}`) ?? one.system },
    { key: 'number', title: t('writeBacks.number'), track: 'minmax(140px, 1.4fr)', render: (one) => <Link to="/tasks/$id" params={{ id: one.taskId }}>{one.externalId}</Link> },
    { key: 'outcome', title: t('writeBacks.outcome'), track: '90px', render: (one) => find(`task.state.${one.outcome}`) ?? one.outcome },
    { key: 'state', title: t('writeBacks.state'), track: '120px', render: (one) => <State one={one} /> },
    { key: 'error', title: t('writeBacks.error'), track: 'minmax(160px, 2fr)', render: reason },
    { key: 'attempts', title: t('writeBacks.attempts'), track: '64px', align: 'end', render: (one) => one.attempts },
    { key: 'next', title: t('writeBacks.next'), track: '130px', render: (one) => (one.state === WriteBackState.PENDING ? <Time at={one.nextAttemptAt} /> : again(one)) },
  ]
  return (
    <Page title={t('writeBacks.title')} note={t('writeBacks.note')} fill>
      <div className={style.filters}>
        <Segments label={t('writeBacks.state')} value={state} onChange={(value) => void navigate({ search: { state: value }, replace: true })} options={writeBackStates.map((value) => ({ value, label: t(`writeBacks.show.${value}`) }))} />
      </div>
      <List
        label={t('writeBacks.title')}
        rows={rows}
        rowKey={(one) => one.id}
        columns={columns}
        total={total === undefined ? undefined : Number(total)}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        onOpen={(one) => void navigate({ to: '/tasks/$id', params: { id: one.taskId } })}
        empty={<Empty icon={<MailCheck aria-hidden="true" />} title={t(state === 'failed' ? 'writeBacks.empty.title' : 'writeBacks.emptyOther.title')} hint={t(state === 'failed' ? 'writeBacks.empty.hint' : 'writeBacks.emptyOther.hint')} />}
        card={(one) => (
          <div className={style.card}>
            <p><b>{one.externalId}</b> <State one={one} /></p>
            <p className="secondary">{find(`task.source.${one.system}`) ?? one.system} · <Time at={one.createdAt} past /> · {reason(one)}</p>
            {again(one)}
          </div>
        )}
      />
    </Page>
  )
}
