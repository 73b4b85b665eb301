import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { Search, Users } from 'lucide-react'
import { useEffect, useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { doesTasks } from '@/app/me'
import { customers } from '@/app/transport'
import { useUnits } from '@/app/units'
import { CustomerGroup, CustomerKind, CustomerSchema, type Customer } from '@/rpc/crm/customer/v1/customer_pb'
import { fullDayText } from '@/shared/dates'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Phone } from '@/shared/Phone'
import { Segments } from '@/shared/Segments'
import { useTyped } from '@/shared/useTyped'

import { hides } from '../disclosures/columns'
import { ExportButton } from '../disclosures/ExportButton'
import { rememberTrail } from '../tasks/trail'
import style from './CustomersPage.module.css'
import { customerQuery, useCustomers } from './queries'
import { customerKindText, groupText } from './words'

const route = getRouteApi('/customers')

/** Columns of the list that have another name in the contract. */
const paths: Record<string, string> = { joined: 'joined_on' }

function useColumns(): Column<Customer>[] {
  const { t, language } = useSpeech()
  const units = useUnits()
  return useMemo(
    () => [
      { key: 'name', title: t('customer.field.name'), track: 'minmax(150px, 2fr)', sort: 'name', render: (customer) => <Link to="/customers/$id" params={{ id: customer.id }} title={customer.name}>{customer.name}</Link> },
      { key: 'number', title: t('customer.field.customer_number'), track: '112px', sort: 'customer_number', render: (customer) => customer.customerNumber },
      { key: 'kind', title: t('customer.field.kind'), track: 'minmax(90px, 0.8fr)', render: (customer) => `${customerKindText(customer.kind, t)} · ${groupText(customer.group, t)}` },
      { key: 'phone', title: t('customer.field.phone'), track: '150px', render: (customer) => <Phone number={customer.phone} /> },
      { key: 'community', title: t('customer.field.community_id'), track: 'minmax(90px, 1fr)', render: (customer) => units.name(customer.communityId) || '—' },
      { key: 'address', title: t('customer.field.address'), track: 'minmax(140px, 2.4fr)', render: (customer) => <span title={customer.address}>{customer.address}</span> },
      { key: 'owner', title: t('customer.field.owner_number'), track: '84px', render: (customer) => customer.ownerName || customer.ownerNumber || '—' },
      { key: 'joined', title: t('customer.field.joined_on'), track: '124px', align: 'end', sort: 'joined_on', render: (customer) => (customer.joinedOn ? fullDayText(customer.joinedOn, language) : '—') },
    ],
    [t, language, units],
  )
}

/** Customers in reach: found by name, pinyin, number or telephone number. */
export default function CustomersPage() {
  const { t } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/customers' })
  const client = useQueryClient()
  const units = useUnits()
  const all = useColumns()
  const change = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const [typed, setTyped] = useTyped(search.query ?? '', (query) => { change({ query: query.trim() || undefined }) })
  const wish = {
    query: search.query ?? '',
    kinds: search.kind === 'household' ? [CustomerKind.HOUSEHOLD] : search.kind === 'business' ? [CustomerKind.BUSINESS] : [],
    groups: search.group ? [search.group] : [],
    bureauId: search.bureau ?? '',
    communityId: search.community ?? '',
    orderBy: search.order ?? '',
  }
  const { query, rows, total } = useCustomers(wish)
  // A column that is hidden in every row is not there.
  const columns = rows.length > 0 ? all.filter((column) => !rows.every((customer) => hides(customer.columns, paths[column.key] ?? column.key))) : all
  useEffect(() => {
    rememberTrail(rows.map((customer) => customer.id), location.pathname + location.search, 'customer')
  }, [rows])
  const filtered = Boolean(search.query ?? search.kind ?? search.bureau ?? search.community) || Boolean(search.group)
  return (
    <Page title={t(doesTasks() ? 'customers.mine' : 'customers.title')} fill actions={<ExportButton form="customer.customer" record={CustomerSchema} keys={[{ path: 'customer_number', title: t('customer.field.customer_number') }, { path: 'owner_name', title: t('customer.field.owner_number') }]} rows={total} states={rows[0]?.columns} start={(more) => customers.startExport({ ...more, filter: wish })} />}>
      <div className={style.filters}>
        <Input className={style.search} allowClear prefix={<Search size={15} aria-hidden="true" />} aria-label={t('customers.search')} placeholder={t('customers.search')} value={typed} onChange={(event) => { setTyped(event.target.value) }} />
        <Segments label={t('customer.field.kind')} value={search.kind ?? 'all'} onChange={(kind) => { change({ kind: kind === 'all' ? undefined : kind }) }} options={[{ value: 'all', label: t('customers.all') }, { value: 'household', label: t('customer.kind.household') }, { value: 'business', label: t('customer.kind.business') }]} />
        <Select className={style.select} allowClear aria-label={t('customer.field.group')} placeholder={t('customers.allGroups')} value={search.group} onChange={(group?: CustomerGroup) => { change({ group }) }} options={[CustomerGroup.PUBLIC, CustomerGroup.BUSINESS, CustomerGroup.KEY_ACCOUNT].map((group) => ({ value: group, label: groupText(group, t) }))} />
        {units.bureaus.length > 1 ? <Select className={style.select} allowClear aria-label={t('customer.field.bureau_id')} placeholder={t('tasks.allBureaus')} value={search.bureau} onChange={(bureau?: string) => { change({ bureau, community: undefined }) }} options={units.bureaus.map((unit) => ({ value: unit.id, label: unit.name }))} /> : null}
        <Select className={style.select} allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('customer.field.community_id')} placeholder={t('tasks.allCommunities')} value={search.community} onChange={(community?: string) => { change({ community }) }} options={units.communities(search.bureau ?? '').map((unit) => ({ value: unit.id, label: unit.name }))} />
        {filtered ? <Button type="link" onClick={() => { setTyped(''); void navigate({ search: {}, replace: true }) }}>{t('list.clear')}</Button> : null}
      </div>
      <List
        label={t('customers.title')}
        rows={rows}
        rowKey={(customer) => customer.id}
        columns={columns}
        total={total}
        order={search.order ?? 'name'}
        onOrder={(order) => { change({ order: order === 'name' ? undefined : order }) }}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        onOpen={(customer) => void navigate({ to: '/customers/$id', params: { id: customer.id } })}
        onPoint={(customer) => void client.prefetchQuery(customerQuery(customer.id))}
        empty={<Empty icon={<Users aria-hidden="true" />} title={t(filtered ? 'customers.none.title' : 'customers.empty.title')} hint={t(filtered ? 'customers.none.hint' : 'customers.empty.hint')} />}
        card={(customer) => (
          <div className={style.card}>
            <div>
              <p><Link to="/customers/$id" params={{ id: customer.id }}>{customer.name}</Link></p>
              <p className="secondary">{[customerKindText(customer.kind, t), units.name(customer.communityId), customer.customerNumber].filter(Boolean).join(' · ')}</p>
            </div>
            <Phone number={customer.phone} />
          </div>
        )}
      />
    </Page>
  )
}
