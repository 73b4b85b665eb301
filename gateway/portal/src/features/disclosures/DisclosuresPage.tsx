import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { EyeOff } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { DisclosureKind, type Disclosure } from '@/rpc/crm/support/v1/access_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Page } from '@/shared/Page'
import { PersonSelect } from '@/shared/PersonSelect'
import { Segments } from '@/shared/Segments'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { access } from '../access/client'
import { Closed } from './Closed'
import { closes, columnTitle, formTitle, hides } from './columns'
import style from './Disclosures.module.css'

const route = getRouteApi('/disclosures')
const kinds = { all: DisclosureKind.UNSPECIFIED, unmask: DisclosureKind.UNMASK, export: DisclosureKind.EXPORT }

/** The record that was looked at, with the way to it where there is one. */
function Record({ one }: { one: Disclosure }) {
  const label = one.recordLabel || one.recordId
  if (label === '') return hides(one.columns, 'record_label') || hides(one.columns, 'record_id') ? <Closed /> : <>—</>
  if (one.columns?.masked.includes('record_id')) return <>{label}</>
  if (one.kind === DisclosureKind.UNMASK && one.form === 'customer.customer') return <Link to="/customers/$id" params={{ id: one.recordId }}>{label}</Link>
  if (one.kind === DisclosureKind.UNMASK && one.form === 'dispatch.task') return <Link to="/tasks/$id" params={{ id: one.recordId }}>{label}</Link>
  return <>{label}</>
}

/** What was seen in full and taken out, by whom and why: for the chiefs of those who did. */
export default function DisclosuresPage() {
  const { t, find, language } = useSpeech()
  const { kind = 'all', person } = route.useSearch()
  const navigate = useNavigate({ from: '/disclosures' })
  const query = useInfiniteQuery({
    queryKey: ['disclosures', kind, person ?? ''],
    queryFn: ({ pageParam, signal }) => access.listDisclosures({ staffNumber: person ?? '', kind: kinds[kind], page: { size: 100, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.disclosures) ?? [], [query.data])
  const total = query.data?.pages[0]?.page?.total
  const formName = (form: string) => { const title = formTitle(form, language); return find(`access.form.${title}`) ?? title }
  const what = (one: Disclosure) => {
    if (one.kind === DisclosureKind.EXPORT) return closes(one.columns, 'rows') || hides(one.columns, 'form') ? <Closed /> : t('disclosure.exported', { form: formName(one.form), rows: countText(one.rows, language) })
    return one.column === '' ? <Closed /> : t('disclosure.saw', { column: columnTitle(one.form, one.column, language) })
  }
  const mark = (one: Disclosure) => closes(one.columns, 'kind') ? <Closed /> : <Tag tone={one.kind === DisclosureKind.EXPORT ? 'accent' : 'outline'}>{t(one.kind === DisclosureKind.EXPORT ? 'disclosure.kind.export' : 'disclosure.kind.unmask')}</Tag>
  const columns: Column<Disclosure>[] = [
    { key: 'at', title: t('disclosure.at'), track: '150px', render: (one) => <Time at={one.at} past /> },
    { key: 'who', title: t('disclosure.who'), track: 'minmax(120px, 1fr)', render: (one) => <>{one.name || one.staffNumber} <span className="faint">{one.name ? one.staffNumber : ''}</span></> },
    { key: 'kind', title: t('disclosure.kind'), track: '100px', render: mark },
    { key: 'what', title: t('disclosure.what'), track: 'minmax(140px, 1.4fr)', render: what },
    { key: 'record', title: t('disclosure.record'), track: 'minmax(130px, 1.4fr)', render: (one) => <Record one={one} /> },
    { key: 'reason', title: t('disclosure.reason'), track: 'minmax(160px, 2.4fr)', render: (one) => hides(one.columns, 'reason') ? <Closed /> : <span title={one.reason}>{one.reason}</span> },
    { key: 'ip', title: t('disclosure.ip'), track: '120px', align: 'end', render: (one) => hides(one.columns, 'ip') ? <Closed /> : one.ip },
  ]
  return (
    <Page title={t('disclosure.title')} note={t('disclosure.note')} fill>
      <div className={style.filters}>
        <Segments label={t('disclosure.kind')} value={kind} onChange={(value) => void navigate({ search: (old) => ({ ...old, kind: value === 'all' ? undefined : value }), replace: true })} options={(['all', 'unmask', 'export'] as const).map((value) => ({ value, label: t(`disclosure.kind.${value}`) }))} />
        <PersonSelect className={style.person} label={t('disclosure.who')} allowClear value={person} onChange={(value) => void navigate({ search: (old) => ({ ...old, person: value }), replace: true })} />
      </div>
      <List
        label={t('disclosure.title')}
        rows={rows}
        rowKey={(one) => one.id}
        columns={columns}
        total={total === undefined ? undefined : Number(total)}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        empty={<Empty icon={<EyeOff aria-hidden="true" />} title={t('disclosure.none')} hint={t('disclosure.noneHint')} />}
        card={(one) => (
          <div className={style.card}>
            <p><b>{one.name || one.staffNumber}</b> {mark(one)} {what(one)}</p>
            <p><Record one={one} /> <span className="secondary">{one.reason}</span></p>
            <p className="secondary"><Time at={one.at} past />{one.ip === '' ? '' : ` · ${one.ip}`}</p>
          </div>
        )}
      />
    </Page>
  )
}
