import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button, Checkbox } from 'antd'
import { Link2, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { Pair } from '@/rpc/crm/support/v1/organisation_pb'
import { dayOf, fullDayText } from '@/shared/dates'
import { FormDialog } from '@/shared/form/FormDialog'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { PersonSelect } from '@/shared/PersonSelect'
import { Tag } from '@/shared/Tag'
import { say } from '@/shared/toasts'
import { useNow } from '@/shared/useNow'

import { organisation, usePeople } from '../organisation/queries'
import { written } from './forms'
import { changing, pairsQuery } from './queries'
import { StaffFrame } from './StaffFrame'
import style from './StaffPage.module.css'

const route = getRouteApi('/staff')

/** A seat manager and a customer manager from a day on. */
function NewPairDialog({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech()
  const today = dayOf(useNow())
  return (
    <FormDialog
      title={t('pair.add.title')}
      keep="pair"
      intro={<p className="secondary">{t('pair.add.hint')}</p>}
      schema={{
        type: 'object',
        required: ['seat_number', 'manager_number', 'valid_from'],
        properties: {
          seat_number: { type: 'string', title: t('role.seat_manager') },
          manager_number: { type: 'string', title: t('role.customer_manager') },
          valid_from: { type: 'string', format: 'date', title: t('period.from') },
        },
      }}
      ui={{
        seat_number: { 'ui:widget': 'person', 'ui:options': { positions: ['seat_manager'] } },
        manager_number: { 'ui:widget': 'person', 'ui:options': { positions: ['customer_manager'] } },
        valid_from: { 'ui:widget': 'date' },
      }}
      initial={{ valid_from: today }}
      submit={t('pair.add.do')}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(organisation.setPair({ pair: { seatNumber: written(data, 'seat_number'), managerNumber: written(data, 'manager_number'), validFrom: written(data, 'valid_from') } }))
        say({ tone: 'good', text: t('pair.add.done') })
        onClose()
      }}
    />
  )
}

/** The last day of a pair. */
function EndPairDialog({ pair, onClose }: { pair: Pair; onClose: () => void }) {
  const { t } = useSpeech()
  const people = usePeople()
  const today = dayOf(useNow())
  return (
    <FormDialog
      title={t('pair.end.title', { seat: people.name(pair.seatNumber) || pair.seatNumber, manager: people.name(pair.managerNumber) || pair.managerNumber })}
      keep={`pair-${pair.id}`}
      schema={{ type: 'object', required: ['valid_to'], properties: { valid_to: { type: 'string', format: 'date', title: t('period.to') } } }}
      ui={{ valid_to: { 'ui:widget': 'date' } }}
      initial={{ valid_to: today }}
      submit={t('pair.end.do')}
      onClose={onClose}
      onSubmit={async (data) => {
        const { id, seatNumber, managerNumber, validFrom } = pair
        await changing(organisation.setPair({ pair: { id, seatNumber, managerNumber, validFrom, validTo: written(data, 'valid_to') } }))
        say({ tone: 'good', text: t('pair.end.done') })
        onClose()
      }}
    />
  )
}

/** Seat manager and customer manager who keep the same customers (双层维系). */
export function Pairs() {
  const { t, language } = useSpeech()
  const { query: person, ended = false } = route.useSearch()
  const navigate = useNavigate({ from: '/staff' })
  const access = useAccess()
  const people = usePeople()
  const may = access.may('support.staff', Action.CHANGE)
  const today = dayOf(useNow())
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Pair>()
  const pairs = useQuery({ ...pairsQuery(person ?? '', ended), placeholderData: (old) => old })
  const columns = useMemo<Column<Pair>[]>(() => {
    const who = (number: string) => <>{people.name(number) || number}<span className={style.number}>{number}</span></>
    const name = (number: string) => (may ? <Link to="/staff/$number" params={{ number }}>{who(number)}</Link> : who(number))
    return [
      { key: 'seat', title: t('role.seat_manager'), track: 'minmax(150px, 1.4fr)', render: (pair) => name(pair.seatNumber) },
      { key: 'manager', title: t('role.customer_manager'), track: 'minmax(150px, 1.4fr)', render: (pair) => name(pair.managerNumber) },
      { key: 'from', title: t('period.from'), track: '140px', render: (pair) => (pair.validFrom ? fullDayText(pair.validFrom, language) : '—') },
      { key: 'to', title: t('period.to'), track: '180px', render: (pair) => (pair.validTo ? <span className={style.state}>{fullDayText(pair.validTo, language)}{pair.validTo < today ? <Tag>{t('period.over')}</Tag> : null}</span> : <span className="faint">{t('period.open')}</span>) },
      { key: 'do', title: '', track: '96px', align: 'end', render: (pair) => (may && !pair.validTo ? <Button size="small" onClick={() => { setEnding(pair) }}>{t('pair.end')}</Button> : null) },
    ]
  }, [people, may, today, t, language])
  const rows = pairs.data?.pairs ?? []
  return (
    <StaffFrame show="pairs" actions={may ? <Button type="primary" icon={<Plus size={15} aria-hidden="true" />} onClick={() => { setAdding(true) }}>{t('pair.add')}</Button> : null}>
      <div className={style.filters}>
        <PersonSelect className={style.search} label={t('pair.whose')} allowClear value={person} onChange={(query) => void navigate({ search: (old) => ({ ...old, query }), replace: true })} />
        <Checkbox checked={ended} onChange={(event) => void navigate({ search: (old) => ({ ...old, ended: event.target.checked || undefined }), replace: true })}>{t('pair.withEnded')}</Checkbox>
      </div>
      <List
        label={t('staff.part.pairs')}
        rows={rows}
        rowKey={(pair) => pair.id}
        columns={columns}
        total={rows.length}
        loading={pairs.isPending}
        error={pairs.error}
        retry={() => void pairs.refetch()}
        more={false}
        loadMore={() => undefined}
        empty={<Empty icon={<Link2 aria-hidden="true" />} title={t('pair.none')} hint={t('pair.noneHint')} />}
        card={(pair) => (
          <div className={style.card}>
            <div>
              <p><b>{people.name(pair.seatNumber) || pair.seatNumber}</b> · {people.name(pair.managerNumber) || pair.managerNumber}</p>
              <p className="secondary">{[pair.validFrom && fullDayText(pair.validFrom, language), pair.validTo ? fullDayText(pair.validTo, language) : t('period.open')].filter(Boolean).join(' — ')}</p>
            </div>
            {may && !pair.validTo ? <Button size="small" onClick={() => { setEnding(pair) }}>{t('pair.end')}</Button> : null}
          </div>
        )}
      />
      {adding ? <NewPairDialog onClose={() => { setAdding(false) }} /> : null}
      {ending ? <EndPairDialog pair={ending} onClose={() => { setEnding(undefined) }} /> : null}
    </StaffFrame>
  )
}
