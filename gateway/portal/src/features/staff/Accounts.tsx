import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { RefreshCw, ShieldCheck } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import type { AccountDrift } from '@/rpc/crm/support/v1/organisation_pb'
import { List, type Column } from '@/shared/List'
import { Empty, ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { organisation, usePeople } from '../organisation/queries'
import { changing } from './queries'
import { StaffFrame } from './StaffFrame'
import style from './StaffPage.module.css'

/** Differences between the staff here and the accounts for signing in, and the sweep that finds them. */
export function Accounts() {
  const { t, find, language } = useSpeech()
  const people = usePeople()
  const query = useInfiniteQuery({
    queryKey: ['drift'],
    queryFn: ({ pageParam, signal }) => organisation.listAccountDrift({ page: { size: 100, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  // A sweep compares every account at Keycloak, which takes as long as it takes.
  const sweep = useMutation({ mutationFn: () => changing(organisation.sweepAccounts({}, { timeoutMs: 120_000 })) })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.drifts) ?? [], [query.data])
  const columns = useMemo<Column<AccountDrift>[]>(
    () => [
      { key: 'found', title: t('drift.found'), track: '150px', render: (one) => <Time at={one.foundAt} past /> },
      { key: 'who', title: t('drift.account'), track: 'minmax(130px, 1fr)', render: (one) => (people.name(one.staffNumber) ? <Link to="/staff/$number" params={{ number: one.staffNumber }}>{people.name(one.staffNumber)}<span className={style.number}>{one.staffNumber}</span></Link> : one.staffNumber) },
      { key: 'what', title: t('drift.what'), track: 'minmax(150px, 1.4fr)', render: (one) => find(`drift.what.${one.what}`) ?? one.what },
      { key: 'detail', title: t('drift.detail'), track: 'minmax(160px, 2.4fr)', render: (one) => <span title={one.detail}>{one.detail}</span> },
      { key: 'state', title: t('staff.field.state'), track: '110px', render: (one) => <Tag tone={one.repaired ? 'accent' : 'late'}>{t(one.repaired ? 'drift.repaired' : 'drift.left')}</Tag> },
    ],
    [t, find, people],
  )
  const first = query.data?.pages[0]
  const number = (count: number) => countText(count, language)
  return (
    <StaffFrame show="accounts" actions={<Button type="primary" icon={<RefreshCw size={15} aria-hidden="true" />} loading={sweep.isPending} onClick={() => { sweep.mutate() }}>{t('drift.sweep')}</Button>}>
      <div className={style.filters}>
        <p className={style.tally} aria-live="polite">
          <span>{first?.sweptAt ? <>{t('drift.last')} <Time at={first.sweptAt} past /></> : t('drift.never')}</span>
          {sweep.data ? <span>{t('drift.result', { compared: number(sweep.data.compared), repaired: number(sweep.data.repaired), left: number(sweep.data.left) })}</span> : null}
        </p>
      </div>
      {sweep.error ? <ErrorNote error={sweep.error} compact /> : null}
      <List
        label={t('staff.part.accounts')}
        rows={rows}
        rowKey={(one) => one.id}
        columns={columns}
        total={first?.page?.total === undefined ? undefined : Number(first.page.total)}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        empty={<Empty icon={<ShieldCheck aria-hidden="true" />} title={t(first?.sweptAt ? 'drift.none' : 'drift.never')} hint={t(first?.sweptAt ? 'drift.noneHint' : 'drift.neverHint')} />}
        card={(one) => (
          <div className={style.card}>
            <div>
              <p><b>{people.name(one.staffNumber) || one.staffNumber}</b> {find(`drift.what.${one.what}`) ?? one.what}</p>
              <p className="secondary"><Time at={one.foundAt} past /> · {one.detail}</p>
            </div>
            <Tag tone={one.repaired ? 'accent' : 'late'}>{t(one.repaired ? 'drift.repaired' : 'drift.left')}</Tag>
          </div>
        )}
      />
    </StaffFrame>
  )
}
