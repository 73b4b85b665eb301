import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { ArrowRightLeft, DoorOpen, KeyRound, Pause, Pencil, Play, Undo2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { session } from '@/app/session'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { AccountState, StaffState, type GetStaffMemberResponse, type StaffMember } from '@/rpc/crm/support/v1/organisation_pb'
import { fullDayText } from '@/shared/dates'
import { Facts } from '@/shared/Facts'
import { ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Pager } from '@/shared/Pager'
import { Phone } from '@/shared/Phone'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { useShortcuts } from '@/shared/useShortcuts'

import { Changes } from '../organisation/Changes'
import { usePeople } from '../organisation/queries'
import { neighbours } from '../tasks/trail'
import { EditDialog, LeaveDialog, MoveDialog, PasswordDialog, SuspendDialog } from './MemberDialogs'
import style from './MemberPage.module.css'
import { memberQuery, pairsQuery, standInsQuery } from './queries'
import { PeriodTag } from './StandIns'
import { accountText, positionsText, StateTag } from './words'

const route = getRouteApi('/staff/$number')

type Doing = 'edit' | 'move' | 'return' | 'suspend' | 'resume' | 'leave' | 'password'

function Bar({ member, onDo }: { member: StaffMember; onDo: (doing: Doing) => void }) {
  const { t } = useSpeech()
  const access = useAccess()
  const may = access.may('support.staff', Action.CHANGE)
  // Nobody locks themselves out.
  const self = member.staffNumber === session().staff_number
  if (!may) return null
  if (member.state === StaffState.LEFT) return <div className={style.bar}><Button icon={<Undo2 size={15} aria-hidden="true" />} onClick={() => { onDo('return') }}>{t('staff.return')}</Button></div>
  return (
    <div className={style.bar}>
      <Button type="primary" icon={<ArrowRightLeft size={15} aria-hidden="true" />} onClick={() => { onDo('move') }}>{t('staff.move')}</Button>
      <Button icon={<Pencil size={15} aria-hidden="true" />} onClick={() => { onDo('edit') }}>{t('staff.edit')}</Button>
      <Button icon={<KeyRound size={15} aria-hidden="true" />} onClick={() => { onDo('password') }}>{t('staff.reset')}</Button>
      {member.state === StaffState.SUSPENDED ? <Button icon={<Play size={15} aria-hidden="true" />} onClick={() => { onDo('resume') }}>{t('staff.resume')}</Button> : null}
      {member.state === StaffState.ACTIVE && !self ? <Button icon={<Pause size={15} aria-hidden="true" />} onClick={() => { onDo('suspend') }}>{t('staff.suspend')}</Button> : null}
      {access.may('support.staff', Action.DELETE) && !self ? <Button icon={<DoorOpen size={15} aria-hidden="true" />} onClick={() => { onDo('leave') }}>{t('staff.leave')}</Button> : null}
    </div>
  )
}

function Doings({ answer, member, doing, onClose }: { answer: GetStaffMemberResponse; member: StaffMember; doing: Doing | undefined; onClose: () => void }) {
  if (doing === 'edit') return <EditDialog member={member} columns={answer.columns} onClose={onClose} />
  if (doing === 'move' || doing === 'return') return <MoveDialog member={member} back={doing === 'return'} onClose={onClose} />
  if (doing === 'suspend' || doing === 'resume') return <SuspendDialog member={member} suspended={doing === 'suspend'} onClose={onClose} />
  if (doing === 'leave') return <LeaveDialog member={member} onClose={onClose} />
  if (doing === 'password') return <PasswordDialog member={member} onClose={onClose} />
  return null
}

function Partners({ staffNumber }: { staffNumber: string }) {
  const { t, language } = useSpeech()
  const people = usePeople()
  const pairs = useQuery(pairsQuery(staffNumber, true))
  if (pairs.error) return <ErrorNote error={pairs.error} retry={() => void pairs.refetch()} compact />
  if (pairs.isPending) return <Skeleton lines={2} />
  if (pairs.data.pairs.length === 0) return <p className="faint">{t('pair.noneOfPerson')}</p>
  return (
    <ul className={style.list}>
      {pairs.data.pairs.map((pair) => {
        const other = pair.seatNumber === staffNumber ? pair.managerNumber : pair.seatNumber
        return (
          <li key={pair.id}>
            <span><Link to="/staff/$number" params={{ number: other }}>{people.name(other) || other}</Link> <span className="faint">{t(pair.seatNumber === staffNumber ? 'role.customer_manager' : 'role.seat_manager')}</span></span>
            <span className="secondary numbers">{[pair.validFrom && fullDayText(pair.validFrom, language), pair.validTo ? fullDayText(pair.validTo, language) : t('period.open')].filter(Boolean).join(' — ')}</span>
          </li>
        )
      })}
    </ul>
  )
}

function Absences({ staffNumber }: { staffNumber: string }) {
  const { t, language } = useSpeech()
  const people = usePeople()
  const periods = useQuery(standInsQuery(staffNumber))
  if (periods.error) return <ErrorNote error={periods.error} retry={() => void periods.refetch()} compact />
  if (periods.isPending) return <Skeleton lines={2} />
  if (periods.data.periods.length === 0) return <p className="faint">{t('standIn.noneOfPerson')}</p>
  return (
    <ul className={style.list}>
      {periods.data.periods.map((period) => (
        <li key={period.id}>
          <span>{period.absentNumber === staffNumber ? t('standIn.by', { name: people.name(period.standInNumber) || period.standInNumber }) : t('standIn.for', { name: people.name(period.absentNumber) || period.absentNumber })} <PeriodTag period={period} /></span>
          <span className="secondary numbers">{fullDayText(period.validFrom, language)} — {fullDayText(period.validTo, language)}</span>
        </li>
      ))}
    </ul>
  )
}

function Person({ answer, member }: { answer: GetStaffMemberResponse; member: StaffMember }) {
  const speech = useSpeech()
  const { t, language } = speech
  const units = useUnits()
  const [doing, setDoing] = useState<Doing>()
  return (
    <div className={style.grid}>
      <div>
        <Section title={t('staff.person')}>
          <p className={style.who}><b>{member.name}</b><span className="secondary numbers">{member.staffNumber}</span><StateTag state={member.state} /></p>
          <Facts
            wide
            facts={[
              [t('staff.field.unit_id'), units.name(member.unitId)],
              [t('staff.field.positions'), positionsText(member.positions, speech)],
              [t('staff.field.also_unit_ids'), member.alsoUnitIds.map((id) => units.name(id) || id).join(t('list.comma'))],
              [t('staff.field.phone'), member.phone ? <Phone key="phone" number={member.phone} /> : ''],
              [t('staff.field.valid_from'), member.validFrom ? fullDayText(member.validFrom, language) : ''],
              [t('staff.field.valid_to'), member.validTo ? fullDayText(member.validTo, language) : ''],
              [t('staff.field.account'), <Tag key="account" tone={member.account === AccountState.IN_STEP ? 'accent' : 'outline'}>{accountText(member.account, t)}</Tag>],
            ]}
          />
          <Bar member={member} onDo={setDoing} />
        </Section>
        <Section title={t('history.title')}><Changes recordId={member.id} /></Section>
      </div>
      <div>
        <Section title={t('staff.part.pairs')}><Partners staffNumber={member.staffNumber} /></Section>
        <Section title={t('staff.part.stand-ins')}><Absences staffNumber={member.staffNumber} /></Section>
      </div>
      <Doings answer={answer} member={member} doing={doing} onClose={() => { setDoing(undefined) }} />
    </div>
  )
}

/** One person whole: facts, positions, units, account, and what happened. */
export default function MemberPage() {
  const { t } = useSpeech()
  const { number } = route.useParams()
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(memberQuery(number))
  const near = neighbours(number, 'staff')
  const go = (to: string | undefined) => (to ? () => void navigate({ to: '/staff/$number', params: { number: to }, replace: true }) : undefined)
  const back = () => void navigate({ href: near?.from ?? '/staff' })
  useShortcuts({ j: go(near?.next), k: go(near?.previous), Escape: back })
  const member = data?.member
  return (
    <div className={style.page}>
      <Pager back={back} backLabel={t('staff.title')} place={near?.place} count={near?.count} previous={go(near?.previous)} next={go(near?.next)} />
      <h1 className="hiddenText">{member?.name ?? t('staff.title')}</h1>
      {error && !data ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton lines={10} tall /> : null}
      {data && member ? <Person key={number} answer={data} member={member} /> : null}
    </div>
  )
}
