import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { Download, FileUp, Search, UserPlus, Users } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { AccountState, type StaffMember } from '@/rpc/crm/support/v1/organisation_pb'
import { fullDayText } from '@/shared/dates'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Phone } from '@/shared/Phone'
import { Tag } from '@/shared/Tag'
import { UnitSelect } from '@/shared/UnitSelect'
import { useTyped } from '@/shared/useTyped'

import { positions } from '../access/positions'
import { organisation } from '../organisation/queries'
import { rememberTrail } from '../tasks/trail'
import { ImportDialog } from './ImportDialog'
import { JoinDialog } from './JoinDialog'
import { memberQuery, useMembers } from './queries'
import { StaffFrame } from './StaffFrame'
import style from './StaffPage.module.css'
import { positionsText, StateTag } from './words'

const route = getRouteApi('/staff')
const TakeOutDialog = lazy(() => import('../disclosures/TakeOutDialog'))

function useColumns(): Column<StaffMember>[] {
  const speech = useSpeech()
  const units = useUnits()
  return useMemo(() => {
    const { t, language } = speech
    return [
      { key: 'number', title: t('staff.field.staff_number'), track: '100px', render: (member) => member.staffNumber },
      { key: 'name', title: t('staff.field.name'), track: 'minmax(90px, 1fr)', render: (member) => <Link to="/staff/$number" params={{ number: member.staffNumber }}>{member.name}</Link> },
      { key: 'unit', title: t('staff.field.unit_id'), track: 'minmax(120px, 1.4fr)', render: (member) => units.name(member.unitId) || '—' },
      { key: 'positions', title: t('staff.field.positions'), track: 'minmax(120px, 1.6fr)', render: (member) => positionsText(member.positions, speech) },
      { key: 'phone', title: t('staff.field.phone'), track: '150px', render: (member) => <Phone number={member.phone} /> },
      { key: 'state', title: t('staff.field.state'), track: 'minmax(90px, 1fr)', render: (member) => <span className={style.state}><StateTag state={member.state} />{member.account === AccountState.WAITING ? <Tag tone="outline">{t('staff.account.waiting')}</Tag> : null}</span> },
      { key: 'from', title: t('staff.field.valid_from'), track: '130px', align: 'end', render: (member) => (member.validFrom ? fullDayText(member.validFrom, language) : '—') },
    ]
  }, [speech, units])
}

/** The staff, found by unit, position, state, name, pinyin or number. */
export function People() {
  const speech = useSpeech()
  const { t } = speech
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/staff' })
  const client = useQueryClient()
  const access = useAccess()
  const units = useUnits()
  const columns = useColumns()
  const [doing, setDoing] = useState<'join' | 'import' | 'export'>()
  const change = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const [typed, setTyped] = useTyped(search.query ?? '', (query) => { change({ query: query.trim() || undefined }) })
  const { query, rows, total } = useMembers({ query: search.query ?? '', unitId: search.unit ?? '', position: search.position ?? '', state: search.state })
  useEffect(() => {
    rememberTrail(rows.map((member) => member.staffNumber), location.pathname + location.search, 'staff')
  }, [rows])
  const filtered = Boolean(search.query ?? search.unit ?? search.position ?? search.state)
  const actions = (
    <>
      {access.may('support.staff', Action.EXPORT) ? <Button icon={<Download size={15} aria-hidden="true" />} onClick={() => { setDoing('export') }}>{t('staff.export')}</Button> : null}
      {access.may('support.staff', Action.IMPORT) ? <Button icon={<FileUp size={15} aria-hidden="true" />} onClick={() => { setDoing('import') }}>{t('staff.import')}</Button> : null}
      {access.may('support.staff', Action.CREATE) ? <Button type="primary" icon={<UserPlus size={15} aria-hidden="true" />} onClick={() => { setDoing('join') }}>{t('staff.join')}</Button> : null}
    </>
  )
  return (
    <StaffFrame show="people" actions={actions}>
      <div className={style.filters}>
        <Input className={style.search} allowClear prefix={<Search size={15} aria-hidden="true" />} aria-label={t('person.hint')} placeholder={t('person.hint')} value={typed} onChange={(event) => { setTyped(event.target.value) }} />
        <UnitSelect className={style.select} label={t('staff.field.unit_id')} value={search.unit} onChange={(unit) => { change({ unit }) }} />
        <Select className={style.select} allowClear aria-label={t('staff.field.positions')} placeholder={t('staff.allPositions')} value={search.position} onChange={(position?: string) => { change({ position }) }} options={positions.map((position) => ({ value: position, label: t(`role.${position}`) }))} />
        <Select className={style.select} allowClear aria-label={t('staff.field.state')} placeholder={t('staff.state.here')} value={search.state} onChange={(state?: typeof search.state) => { change({ state }) }} options={(['suspended', 'left', 'all'] as const).map((state) => ({ value: state, label: t(`staff.state.${state}`) }))} />
        {filtered ? <Button type="link" onClick={() => { setTyped(''); void navigate({ search: {}, replace: true }) }}>{t('list.clear')}</Button> : null}
      </div>
      <List
        label={t('staff.title')}
        rows={rows}
        rowKey={(member) => member.staffNumber}
        columns={columns}
        total={total}
        loading={query.isPending || query.isFetchingNextPage}
        error={query.error}
        retry={() => void query.refetch()}
        more={query.hasNextPage}
        loadMore={() => void query.fetchNextPage()}
        onOpen={(member) => void navigate({ to: '/staff/$number', params: { number: member.staffNumber } })}
        onPoint={(member) => void client.prefetchQuery(memberQuery(member.staffNumber))}
        empty={<Empty icon={<Users aria-hidden="true" />} title={t(filtered ? 'staff.none.title' : 'staff.empty.title')} hint={t(filtered ? 'staff.none.hint' : 'staff.empty.hint')} />}
        card={(member) => (
          <div className={style.card}>
            <div>
              <p><Link to="/staff/$number" params={{ number: member.staffNumber }}>{member.name}</Link><span className={style.number}>{member.staffNumber}</span></p>
              <p className="secondary">{[units.name(member.unitId), positionsText(member.positions, speech)].filter(Boolean).join(' · ')}</p>
            </div>
            <StateTag state={member.state} />
          </div>
        )}
      />
      {doing === 'join' ? <JoinDialog unitId={search.unit ?? ''} onClose={() => { setDoing(undefined) }} /> : null}
      <Suspense>{doing === 'export' ? <TakeOutDialog keep="export support.staff" take={(reason) => organisation.exportStaff({ unitId: search.unit ?? '', reason })} onClose={() => { setDoing(undefined) }} /> : null}</Suspense>
      {doing === 'import' ? <ImportDialog onClose={() => { setDoing(undefined) }} /> : null}
    </StaffFrame>
  )
}
