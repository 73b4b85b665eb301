/** Units and staff of the branch in memory, as the administrator keeps them. */
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'

import { ChangeSchema, type Change } from '../src/rpc/crm/common/v1/change_pb'
import { AccountDriftSchema, AccountState, OrganisationService, PairSchema, StaffMemberSchema, StaffState, StandInPeriodSchema, type AccountDrift, type Pair, type Reorganisation, type StaffMember, type StandInPeriod } from '../src/rpc/crm/support/v1/organisation_pb'
import { UnitKind, UnitSchema, type Unit } from '../src/rpc/crm/support/v1/support_pb'
import { archive } from './archive'
import { callerOf, given, paged, refuse } from './calls'
import { staff, units } from './people'
import { tasks } from './tasks'

const days = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' })
const today = () => days.format(new Date())
const HOUR = 3_600_000

let number = 0
const newId = (kind: string) => `${kind}-${String((number += 1)).padStart(6, '0')}`

/** What was changed, newest first. */
const changes: Change[] = []

function trace(context: HandlerContext, form: string, recordId: string, fields: [field: string, from: string, to: string][]): void {
  const who = callerOf(context)
  changes.unshift(...fields.map(([field, oldValue, newValue]) => create(ChangeSchema, { id: newId('change'), changedAt: timestampFromDate(new Date()), actor: { kind: 1, id: who.staffNumber, name: who.name, ip: '10.20.1.5' }, form, recordId, field, oldValue, newValue })))
}

const members: StaffMember[] = staff.map((person, index) =>
  create(StaffMemberSchema, {
    id: `member-${person.staffNumber}`,
    version: 1n,
    staffNumber: person.staffNumber,
    name: person.name,
    phone: index % 5 === 0 ? person.phone.replace(/^(\d{3})\d{4}/, '$1****') : person.phone,
    unitId: person.unitId,
    alsoUnitIds: person.communityIds.filter((id) => id !== person.unitId),
    positions: person.roles,
    validFrom: `20${String(10 + (index % 15))}-0${String(1 + (index % 9))}-01`,
    validTo: index === 7 ? '2026-09-30' : '',
    state: index === 7 ? StaffState.LEFT : index === 11 ? StaffState.SUSPENDED : StaffState.ACTIVE,
    account: index === 12 ? AccountState.WAITING : AccountState.IN_STEP,
  }),
)

const pairs: Pair[] = Array.from({ length: 24 }, (_, index) =>
  create(PairSchema, { id: newId('pair'), seatNumber: `z${String(1 + (index % 16)).padStart(2, '0')}`, managerNumber: `m${String(1 + index).padStart(3, '0')}`, validFrom: '2025-03-01', validTo: index % 9 === 8 ? '2026-06-30' : '' }),
)

const standIns: StandInPeriod[] = [
  create(StandInPeriodSchema, { id: newId('period'), absentNumber: 'm003', standInNumber: 'm004', validFrom: '2026-11-20', validTo: '2026-11-30' }),
  create(StandInPeriodSchema, { id: newId('period'), absentNumber: 'c01', standInNumber: 'dispatcher', validFrom: '2026-12-24', validTo: '2027-01-04' }),
  create(StandInPeriodSchema, { id: newId('period'), absentNumber: 'm009', standInNumber: 'm010', validFrom: '2026-07-01', validTo: '2026-07-14' }),
]

const drifts: AccountDrift[] = [
  create(AccountDriftSchema, { id: newId('drift'), staffNumber: 'm012', what: 'ENABLED', repaired: true, detail: 'enabled → disabled', foundAt: timestampFromDate(new Date(Date.now() - 5 * HOUR)) }),
  create(AccountDriftSchema, { id: newId('drift'), staffNumber: 'test-user', what: 'ACCOUNT_UNKNOWN', repaired: false, detail: 'test-user', foundAt: timestampFromDate(new Date(Date.now() - 30 * HOUR)) }),
]
let sweptAt = new Date(Date.now() - 5 * HOUR)

function below(unitId: string): Set<string> {
  const found = new Set([unitId])
  for (const unit of units) if (found.has(unit.parentId)) found.add(unit.id)
  return found
}

function member(staffNumber: string): StaffMember {
  const one = members.find((each) => each.staffNumber === staffNumber)
  if (!one) throw refuse(Code.NotFound, 'NOT_FOUND', { id: staffNumber })
  return one
}

function unit(id: string): Unit {
  const one = units.find((each) => each.id === id)
  if (!one) throw refuse(Code.NotFound, 'NOT_FOUND', { id })
  return one
}

function password(): string {
  return `Kq7-${Math.random().toString(36).slice(2, 8)}-4Tz`
}

function effectOf(change: Reorganisation | undefined) {
  const id = change?.change.case === 'move' ? change.change.value.unitId : change?.change.case === 'merge' ? change.change.value.fromId : ''
  const inside = below(id)
  return {
    communities: BigInt(units.filter((one) => one.kind === UnitKind.COMMUNITY && inside.has(one.id)).length),
    people: BigInt(members.filter((one) => inside.has(one.unitId)).length),
    customers: BigInt(archive.filter((one) => inside.has(one.communityId)).length),
    tasks: BigInt([...tasks.values()].filter((one) => inside.has(one.communityId)).length),
    rules: change?.change.case === 'merge' ? 2n : 0n,
  }
}
let treeVersion = 1n

const unitCalls: Partial<ServiceImpl<typeof OrganisationService>> = {
  createUnit(request, context) {
    const wanted = given(request.unit, 'unit')
    if (units.some((one) => one.code === wanted.code)) throw refuse(Code.AlreadyExists, 'UNIT_CODE_TAKEN', { field: 'unit.code' })
    const made = create(UnitSchema, { ...wanted, id: newId('unit') })
    units.push(made)
    treeVersion += 1n
    trace(context, 'support.organisation', made.id, [['*', '', made.name]])
    return { unit: made }
  },
  updateUnit(request, context) {
    const one = unit(request.id)
    if (request.validTo && units.some((each) => each.parentId === one.id && !each.validTo)) throw refuse(Code.FailedPrecondition, 'UNIT_IN_USE', { units: '1' })
    if (request.name !== undefined) trace(context, 'support.organisation', one.id, [['name', one.name, request.name]])
    if (request.validTo !== undefined) trace(context, 'support.organisation', one.id, [['valid_to', one.validTo, request.validTo]])
    Object.assign(one, { name: request.name ?? one.name, validTo: request.validTo ?? one.validTo })
    return { unit: one }
  },
  previewReorganisation: (request) => ({ effect: effectOf(request.change), version: treeVersion }),
  reorganise(request, context) {
    if (request.version !== treeVersion) throw refuse(Code.Aborted, 'STALE_VERSION')
    const effect = effectOf(request.change)
    const change = request.change?.change
    treeVersion += 1n
    if (change?.case === 'move') {
      const moved = unit(change.value.unitId)
      trace(context, 'support.organisation', moved.id, [['parent_id', moved.parentId, change.value.parentId]])
      moved.parentId = change.value.parentId
    } else if (change?.case === 'merge') {
      const from = unit(change.value.fromId)
      const into = change.value.intoId
      for (const one of units) if (one.parentId === from.id) one.parentId = into
      for (const one of members) if (one.unitId === from.id) one.unitId = into
      from.validTo = '2026-11-21'
      trace(context, 'support.organisation', from.id, [['merged_into', '', into], ['valid_to', '', from.validTo]])
    }
    return { effect }
  },
  listOrganisationChanges(request) {
    const part = paged(changes.filter((one) => !request.recordId || one.recordId === request.recordId), request.page)
    return { changes: part.rows, page: part.page }
  },
}

/** The service. */
export function organisationRoutes(router: ConnectRouter): void {
  router.service(OrganisationService, {
    ...unitCalls,
    getStaffMember: (request) => ({ member: member(request.staffNumber), columns: { masked: member(request.staffNumber).phone.includes('*') ? ['phone'] : [] } }),
    listStaffMembers(request) {
      const inside = request.unitId ? below(request.unitId) : undefined
      const wanted = request.states.length > 0 ? request.states : [StaffState.ACTIVE, StaffState.SUSPENDED]
      const rows = members.filter((one) => wanted.includes(one.state) && (!inside || inside.has(one.unitId)) && (!request.position || one.positions.includes(request.position)) && (!request.query || one.name.includes(request.query) || one.staffNumber.startsWith(request.query)))
      const part = paged(rows, request.page)
      return { members: part.rows, page: part.page }
    },
    createStaffMember(request, context) {
      const wanted = given(request.member, 'member')
      if (members.some((one) => one.staffNumber === wanted.staffNumber)) throw refuse(Code.AlreadyExists, 'STAFF_NUMBER_TAKEN', { field: 'member.staff_number' })
      const made = create(StaffMemberSchema, { ...wanted, id: newId('member'), version: 1n, state: StaffState.ACTIVE, account: AccountState.WAITING })
      members.push(made)
      trace(context, 'support.staff', made.id, [['*', '', made.name]])
      setTimeout(() => { made.account = AccountState.IN_STEP }, 4_000)
      return { member: made, firstPassword: password() }
    },
    updateStaffMember(request, context) {
      const one = member(request.staffNumber)
      const wanted = given(request.member, 'member')
      if (one.version !== request.version) throw refuse(Code.Aborted, 'STALE_VERSION')
      const values: Record<string, [keyof StaffMember, string, string]> = {
        name: ['name', one.name, wanted.name],
        phone: ['phone', one.phone, wanted.phone],
        unit_id: ['unitId', one.unitId, wanted.unitId],
        also_unit_ids: ['alsoUnitIds', JSON.stringify(one.alsoUnitIds), JSON.stringify(wanted.alsoUnitIds)],
        positions: ['positions', JSON.stringify(one.positions), JSON.stringify(wanted.positions)],
      }
      trace(context, 'support.staff', one.id, request.fields.flatMap((field): [string, string, string][] => (values[field] && values[field][1] !== values[field][2] ? [[field, values[field][1], values[field][2]]] : [])))
      for (const field of request.fields) if (values[field]) Object.assign(one, { [values[field][0]]: wanted[values[field][0]] })
      one.version += 1n
      return { member: one }
    },
    suspendStaffMember(request, context) {
      const one = member(request.staffNumber)
      trace(context, 'support.staff', one.id, [['state', StaffState[one.state], request.suspended ? 'SUSPENDED' : 'ACTIVE'], ['reason', '', request.reason]])
      Object.assign(one, { state: request.suspended ? StaffState.SUSPENDED : StaffState.ACTIVE, version: one.version + 1n })
      return { member: one }
    },
    endStaffMember(request, context) {
      const one = member(request.staffNumber)
      if (!request.successor && archive.some((each) => each.ownerNumber === one.staffNumber)) throw refuse(Code.InvalidArgument, 'SUCCESSOR_MISSING', { field: 'successor' })
      trace(context, 'support.staff', one.id, [['state', StaffState[one.state], 'LEFT'], ['valid_to', '', request.validTo || today()], ['reason', '', request.reason]])
      Object.assign(one, { state: StaffState.LEFT, validTo: request.validTo || today(), version: one.version + 1n })
      return { member: one }
    },
    previewHandover: (request) => ({ customers: BigInt(archive.filter((one) => one.ownerNumber === request.staffNumber).length), tasks: BigInt([...tasks.values()].filter((one) => one.ownerNumber === request.staffNumber).length) }),
    resetPassword: () => ({ firstPassword: password() }),
    importStaff: (request) => ({ read: 12, created: 3, updated: 2, skipped: 5, failed: [{ kind: 'staff', key: `${request.preview ? '' : ''}8`, field: 'unit_code', reason: 'UNIT_UNKNOWN' }, { kind: 'staff', key: '11', field: 'staff_number', reason: 'STAFF_NUMBER_TAKEN' }] }),
    exportStaff: () => ({ name: 'staff-2026-11-22.xlsx', file: new Uint8Array([80, 75, 5, 6, ...Array<number>(18).fill(0)]) }),
    listPairs: (request) => ({ pairs: pairs.filter((one) => (!request.staffNumber || [one.seatNumber, one.managerNumber].includes(request.staffNumber)) && (request.ended || !one.validTo)) }),
    setPair(request) {
      const wanted = given(request.pair, 'pair')
      const known = pairs.find((one) => one.id === wanted.id)
      if (known) Object.assign(known, { validTo: wanted.validTo })
      const made = known ?? create(PairSchema, { ...wanted, id: newId('pair') })
      if (!known) pairs.push(made)
      return { pair: made }
    },
    listStandIns: (request) => ({ periods: standIns.filter((one) => !request.staffNumber || [one.absentNumber, one.standInNumber].includes(request.staffNumber)) }),
    setStandIn(request) {
      const wanted = given(request.period, 'period')
      if (wanted.absentNumber === wanted.standInNumber) throw refuse(Code.InvalidArgument, 'STAND_IN_SELF', { field: 'period.stand_in_number' })
      const known = standIns.find((one) => one.id === wanted.id)
      if (known) Object.assign(known, { cancelled: wanted.cancelled })
      const made = known ?? create(StandInPeriodSchema, { ...wanted, id: newId('period') })
      if (!known) standIns.unshift(made)
      return { period: made }
    },
    listAccountDrift(request) {
      const part = paged(drifts, request.page)
      return { drifts: part.rows, page: part.page, sweptAt: timestampFromDate(sweptAt) }
    },
    sweepAccounts() {
      sweptAt = new Date()
      return { compared: members.length, repaired: 1, left: 1 }
    },
  })
}
