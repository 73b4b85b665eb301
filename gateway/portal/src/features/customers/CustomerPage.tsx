import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { ArrowRightLeft, Pencil } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { customers } from '@/app/transport'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { Account, Customer, ExtraField, GetCustomerResponse, Subscriber } from '@/rpc/crm/customer/v1/customer_pb'
import { TaskBucket } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { fullDayText } from '@/shared/dates'
import { Facts } from '@/shared/Facts'
import { History } from '@/shared/History'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Pager } from '@/shared/Pager'
import { Phone } from '@/shared/Phone'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { useShortcuts } from '@/shared/useShortcuts'

import { hides } from '../disclosures/columns'
import { Masked, type MaskedOf } from '../disclosures/Masked'
import { useTasks } from '../tasks/queries'
import { TaskTags } from '../tasks/TaskPane'
import { neighbours, rememberTrail } from '../tasks/trail'
import { CustomerCard } from './CustomerCard'
import { writable } from './customerForm'
import { extraText, extraTitle, writableExtras } from './extraFields'
import style from './CustomerPage.module.css'
import { customerQuery } from './queries'
import { appointmentKindText, birthdayText, groupText, subscriberKindText } from './words'
import { useCustomerWords } from './customerWords'

const route = getRouteApi('/customers/$id')
const EditDialog = lazy(async () => ({ default: (await import('./CustomerDialogs')).EditDialog }))
const OwnerDialog = lazy(async () => ({ default: (await import('./CustomerDialogs')).OwnerDialog }))

/** What the person may do with this very customer. */
function Bar({ customer, extras }: { customer: Customer; extras: ExtraField[] }) {
  const { t } = useSpeech()
  const access = useAccess()
  const [doing, setDoing] = useState<'edit' | 'owner'>()
  const close = () => { setDoing(undefined) }
  // Without one column to write the rule that lets customers be changed does not reach this one.
  if (!access.may('customer.customer', Action.CHANGE) || writable(customer.columns).length + writableExtras(extras).length === 0) return null
  return (
    <div className={style.bar}>
      <Button icon={<Pencil size={15} aria-hidden="true" />} onClick={() => { setDoing('edit') }}>{t('customer.edit')}</Button>
      <Button icon={<ArrowRightLeft size={15} aria-hidden="true" />} onClick={() => { setDoing('owner') }}>{t('customer.owner')}</Button>
      <Suspense>
        {doing === 'edit' ? <EditDialog customer={customer} extras={extras} onClose={close} /> : null}
        {doing === 'owner' ? <OwnerDialog customer={customer} onClose={close} /> : null}
      </Suspense>
    </div>
  )
}

function Subscribers({ of, subscribers, row }: { of: string; subscribers: Subscriber[]; row: MaskedOf }) {
  const { t, find, language } = useSpeech()
  const shows = (column: string) => !hides(row.states, `subscribers.${column}`)
  if (subscribers.length === 0) return <p className="faint">{t('customer.noSubscribers')}</p>
  return (
    // A narrow window scrolls it sideways, by keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={style.scroll} tabIndex={0} role="region" aria-label={`${t('customer.subscribersTitle')} ${of}`}>
      <table className={style.table}>
        <thead>
          <tr>
            {shows('kind') ? <th scope="col">{t('subscriber.kind')}</th> : null}
            {shows('number') ? <th scope="col">{t('subscriber.number')}</th> : null}
            {shows('product') ? <th scope="col">{t('subscriber.product')}</th> : null}
            {shows('status') ? <th scope="col">{t('subscriber.status')}</th> : null}
            {shows('activated_on') ? <th scope="col">{t('subscriber.since')}</th> : null}
          </tr>
        </thead>
        <tbody>
          {subscribers.map((subscriber) => (
            <tr key={subscriber.id}>
              {shows('kind') ? <td>{subscriberKindText(subscriber.kind, t)}</td> : null}
              {shows('number') ? <td><Masked of={row} column="subscribers.number" itemId={subscriber.id} value={subscriber.number}>{(number) => <Phone number={number} />}</Masked>{subscriber.gNet ? <> <Tag tone="outline">{t('subscriber.gNet')}</Tag></> : null}</td> : null}
              {shows('product') ? <td>{subscriber.product}</td> : null}
              {shows('status') ? <td>{find(`status.${subscriber.status}`) ?? subscriber.status}</td> : null}
              {shows('activated_on') ? <td>{subscriber.activatedOn ? fullDayText(subscriber.activatedOn, language) : '—'}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Accounts({ accounts, subscribers, row }: { accounts: Account[]; subscribers: Subscriber[]; row: MaskedOf }) {
  const { t, find } = useSpeech()
  const known = new Set(accounts.map((account) => account.id))
  const loose = subscribers.filter((subscriber) => !known.has(subscriber.accountId))
  return (
    <>
      {accounts.map((account) => (
        <div key={account.id} className={style.account}>
          <p className={style.accountHead}>
            <b>{account.name}</b> <span className="secondary numbers">{account.accountNumber}</span>
            <span className="secondary">{find(`payment.${account.paymentMethod}`) ?? account.paymentMethod}</span>
            {account.bankAccount ? <span className="secondary numbers">{t('account.bank')} <Masked of={row} column="accounts.bank_account" itemId={account.id} value={account.bankAccount} /></span> : null}
            {account.status ? <Tag tone={account.status === 'active' ? 'accent' : 'quiet'}>{find(`status.${account.status}`) ?? account.status}</Tag> : null}
          </p>
          <Subscribers row={row} of={account.accountNumber} subscribers={subscribers.filter((subscriber) => subscriber.accountId === account.id)} />
        </div>
      ))}
      {loose.length > 0 ? <Subscribers row={row} of="" subscribers={loose} /> : null}
      {accounts.length === 0 && loose.length === 0 ? <p className="faint">{t('customer.noAccounts')}</p> : null}
    </>
  )
}

function OpenTasks({ id }: { id: string }) {
  const { t } = useSpeech()
  const { query, tasks } = useTasks({ bucket: TaskBucket.UNSPECIFIED, customerId: id }, { size: 20 })
  if (query.isPending) return <Skeleton lines={2} />
  if (query.error) return <ErrorNote error={query.error} compact />
  if (tasks.length === 0) return <p className="faint">{t('customer.noTasks')}</p>
  return (
    <ul className={style.tasks}>
      {tasks.map((task) => (
        <li key={task.id}>
          <Link to="/tasks/$id" params={{ id: task.id }} onClick={() => { rememberTrail(tasks.map((one) => one.id), `/customers/${id}`) }}>{task.title}</Link>
          <span className={style.taskState}><TaskTags task={task} /> <span className="secondary"><Time at={task.endedAt ?? task.dueAt} /></span></span>
        </li>
      ))}
    </ul>
  )
}

function Changes({ id, extras }: { id: string; extras: ExtraField[] }) {
  const { t } = useSpeech()
  const words = useCustomerWords(extras)
  const query = useInfiniteQuery({
    queryKey: ['customer-changes', id],
    queryFn: ({ pageParam, signal }) => customers.listCustomerChanges({ id, page: { size: 50, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  if (query.isPending) return <Skeleton lines={3} />
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} compact />
  return (
    <>
      <History changes={query.data.pages.flatMap((page) => page.changes)} words={words} />
      {query.hasNextPage ? <button type="button" className={style.more} onClick={() => void query.fetchNextPage()}>{t('list.more')}</button> : null}
    </>
  )
}

/** What the branch keeps of a customer in fields of its own. */
function Own({ customer, extras }: { customer: Customer; extras: ExtraField[] }) {
  const { t, language } = useSpeech()
  const held = extras.filter((field) => customer.extra[field.name])
  if (held.length === 0) return null
  return (
    <Section title={t('customer.extra')}>
      <Facts facts={held.map((field) => [extraTitle(field, extras, language), extraText(field, customer.extra[field.name] ?? '', language)])} />
    </Section>
  )
}

function Rest({ data, row }: { data: GetCustomerResponse; row: MaskedOf }) {
  const { t, find } = useSpeech()
  const units = useUnits()
  return (
    <>
      <Section title={t('customer.appointments')}>
        {data.appointments.length === 0 ? <p className="faint">{t('customer.noAppointments')}</p> : null}
        <ul className={style.plain}>
          {data.appointments.map((one) => (
            <li key={one.id}>
              <p><b>{appointmentKindText(one.kind, t)}</b> <Time at={one.startsAt} /> <span className="faint numbers">{one.appointmentNumber}</span></p>
              <p className="secondary">
                {one.place ? <><Masked of={{ form: 'customer.appointment', id: one.id, states: one.columns }} column="place" value={one.place} /> · </> : null}
                {one.contactName}{' '}
                {one.contactPhone ? <Masked of={{ form: 'customer.appointment', id: one.id, states: one.columns }} column="contact_phone" value={one.contactPhone}>{(number) => <Phone number={number} />}</Masked> : null}
              </p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('customer.contacts')}>
        {data.contacts.length === 0 ? <p className="faint">{t('customer.noContacts')}</p> : null}
        <ul className={style.plain}>
          {data.contacts.map((contact) => (
            <li key={contact.id} className={style.line}>
              <span>{contact.name} <span className="faint">{find(`contact.role.${contact.role}`) ?? contact.role}</span></span>
              {hides(row.states, 'contacts.phone') ? null : <Masked of={row} column="contacts.phone" itemId={contact.id} value={contact.phone}>{(number) => <Phone number={number} />}</Masked>}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('customer.addresses')}>
        {data.addresses.length === 0 ? <p className="faint">{t('customer.noAddresses')}</p> : null}
        <ul className={style.plain}>
          {data.addresses.map((address) => (
            <li key={address.id}>
              <span className="faint">{find(`address.kind.${address.kind}`) ?? address.kind}</span> {hides(row.states, 'addresses.text') ? null : <Masked of={row} column="addresses.text" itemId={address.id} value={address.text} />} <span className="faint">{units.name(address.communityId)}</span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  )
}

/** One customer whole: what they have, who they are, what happened and what is to be done. */
export default function CustomerPage() {
  const speech = useSpeech()
  const { t, language } = speech
  const { id } = route.useParams()
  const navigate = useNavigate()
  const units = useUnits()
  const access = useAccess()
  const { data, error, refetch } = useQuery(customerQuery(id))
  const near = neighbours(id, 'customer')
  const go = (to: string | undefined) => (to ? () => void navigate({ to: '/customers/$id', params: { id: to }, replace: true }) : undefined)
  const back = () => void navigate({ href: near?.from ?? '/customers' })
  useShortcuts({ j: go(near?.next), k: go(near?.previous), Escape: back })
  const customer = data?.customer
  const row: MaskedOf = { form: 'customer.customer', id, states: customer?.columns }
  return (
    <div className={style.page}>
      <Pager back={back} backLabel={t('customers.title')} place={near?.place} count={near?.count} previous={go(near?.previous)} next={go(near?.next)} />
      <h1 className="hiddenText">{customer?.name ?? t('customers.title')}</h1>
      {error && !data ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton lines={10} tall /> : null}
      {data && customer ? (
        <div className={style.grid}>
          <div>
            <Section title={t('customer.who')}><CustomerCard id={id} name={customer.name} /><Bar customer={customer} extras={data.extraFields} /></Section>
            <Section title={t('customer.accountsTitle')}><Accounts accounts={data.accounts} subscribers={data.subscribers} row={row} /></Section>
            {access.sees('dispatch.task') ? <Section title={t('customer.tasks')}><OpenTasks id={id} /></Section> : null}
            <Section title={t('history.title')} aside={access.sees('support.audit') ? <Link to="/audit" search={{ form: 'customer.customer', record: id }}>{t('audit.whoLooked')}</Link> : null}><Changes id={id} extras={data.extraFields} /></Section>
          </div>
          <div>
            <Section title={t('customer.facts')}>
              <Facts
                facts={[
                  [t('customer.field.customer_number'), customer.customerNumber],
                  [t('customer.field.group'), groupText(customer.group, t)],
                  [t('customer.field.bureau_id'), units.name(customer.bureauId)],
                  [t('customer.field.community_id'), units.name(customer.communityId)],
                  [t('customer.field.owner_number'), customer.ownerNumber ? `${customer.ownerName} · ${customer.ownerNumber}` : ''],
                  [t('customer.field.seat_number'), customer.seatNumber ? `${customer.seatName} · ${customer.seatNumber}` : ''],
                  [t('customer.field.birthday'), birthdayText(customer.birthday, speech)],
                  [t('customer.field.store_anniversary'), customer.storeAnniversary ? fullDayText(customer.storeAnniversary, language) : ''],
                  [t('customer.field.joined_on'), customer.joinedOn ? fullDayText(customer.joinedOn, language) : ''],
                  [t('customer.field.id_card'), customer.idCard ? <Masked key="id" of={row} column="id_card" value={customer.idCard} /> : ''],
                ]}
              />
            </Section>
            <Own customer={customer} extras={data.extraFields} />
            <Rest data={data} row={row} />
          </div>
        </div>
      ) : null}
      {data && !customer ? <Empty title={t('customer.unknown')} /> : null}
    </div>
  )
}
