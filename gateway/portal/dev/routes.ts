/** The three services as the portal sees them, over the branch in memory. Rules are only as deep as development needs them. */
import { create } from '@bufbuild/protobuf'
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'

import { ImportForm, ImportJob_State, CustomerService, type ImportJob, ImportJobSchema } from '../src/rpc/crm/customer/v1/customer_pb'
import { DispatchService, GenerationRuleSchema, TaskBucket, TaskState, WriteBackState, type Task } from '../src/rpc/crm/dispatch/v1/dispatch_pb'
import { SupportService } from '../src/rpc/crm/support/v1/support_pb'
import { accessRoutes } from './access'
import { archive, customerById, whole } from './archive'
import { auditRoutes } from './audit'
import { calendarYear, setCalendarDays } from './calendar'
import { behaviour, callerOf, paged, refuse } from './calls'
import { customerStates, listExports, startExport, unmask } from './exports'
import { completionForm } from './forms'
import { organisationRoutes } from './organisation'
import { parameterRoutes } from './parameters'
import { grantsOf, staff, units } from './people'
import { systemRoutes } from './systems'
import { answer, histories, note, tasks, writeBacks } from './tasks'

const days = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' })
const dayOf = (at: Date) => days.format(at)
const today = () => dayOf(new Date())

function standing(task: Task): 'overdue' | 'today' | 'upcoming' | 'ended' {
  if (task.state >= TaskState.COMPLETED) return 'ended'
  const due = task.dueAt ? timestampDate(task.dueAt) : new Date()
  if (due < new Date()) return 'overdue'
  return dayOf(due) === today() ? 'today' : 'upcoming'
}

const inBucket: Record<TaskBucket, (task: Task) => boolean> = {
  [TaskBucket.UNSPECIFIED]: () => true,
  [TaskBucket.TODO]: (task) => standing(task) !== 'ended',
  [TaskBucket.OVERDUE]: (task) => standing(task) === 'overdue',
  [TaskBucket.TODAY]: (task) => standing(task) === 'today',
  [TaskBucket.UPCOMING]: (task) => standing(task) === 'upcoming',
  [TaskBucket.UNASSIGNED]: (task) => task.ownerNumber === '' && standing(task) !== 'ended',
  [TaskBucket.ENDED]: (task) => standing(task) === 'ended',
}

/** Tells whoever listens that a task has changed. */
export const heard = new Set<(id: string, version: number, change: string) => void>()

function tell(task: Task, change: string): void {
  heard.forEach((listener) => {
    listener(task.id, Number(task.version), change)
  })
}

function find(id: string): Task {
  const task = tasks.get(id)
  if (!task) throw refuse(Code.NotFound, 'NOT_FOUND', { id })
  return task
}

function fresh(id: string, version: bigint): Task {
  const task = find(id)
  if (task.version !== version) throw refuse(Code.Aborted, 'STALE_VERSION', { version: String(task.version) })
  if (task.state >= TaskState.COMPLETED) throw refuse(Code.FailedPrecondition, 'TASK_STATE_WRONG')
  return task
}

const stateWords = ['', 'open', 'accepted', 'completed', 'cancelled']

/** Moves a task on, with its trace and its answer. */
export function move(task: Task, who: { id: string; name: string }, state: TaskState, change: string, more: Partial<Task> = {}): Task {
  const before = stateWords[task.state] ?? ''
  Object.assign(task, more, { state, version: task.version + 1n })
  note(task, who, [['state', before, stateWords[state] ?? ''], ...(more.resultCode ? ([['result_code', '', more.resultCode]] as [string, string, string][]) : [])])
  if (state >= TaskState.COMPLETED) {
    task.endedAt = timestampFromDate(new Date())
    if (task.externalId) {
      task.writeBack = WriteBackState.PENDING
      answer(task, WriteBackState.PENDING, 0)
    }
  }
  tell(task, change)
  return task
}

const rules = ['appointment', 'birthday', 'holiday', 'store_anniversary'].map((name) => create(GenerationRuleSchema, { name, version: 1n, enabled: name !== 'holiday', daysAhead: name === 'holiday' ? 7 : 1, dueWorkingDays: 0, groups: ['public', 'business', 'key_account'], priority: 3 }))

/** Imports so far; a running one gets on by itself. */
export const jobs: ImportJob[] = [
  create(ImportJobSchema, { id: 'j3', name: '城关局客户2026-11.csv', form: ImportForm.CUSTOMER, state: ImportJob_State.DONE, read: 20000n, created: 19640n, updated: 212n, skipped: 120n, failed: 28n, percent: 100, startedAt: timestampFromDate(new Date(Date.now() - 86_400_000)), endedAt: timestampFromDate(new Date()), startedBy: '系统管理员' }),
  create(ImportJobSchema, { id: 'j2', name: '压缩炸弹.xlsx', form: ImportForm.SUBSCRIBER, state: ImportJob_State.REFUSED, reason: 'FILE_TOO_LARGE_UNPACKED', percent: 0, startedAt: timestampFromDate(new Date(Date.now() - 2 * 86_400_000)), startedBy: '系统管理员' }),
]

function dispatchRoutes(router: ConnectRouter): void {
  router.service(DispatchService, {
    listTasks(request, context) {
      const me = callerOf(context)
      const manager = me.roles.some((role) => role.endsWith('_manager'))
      const chief = me.roles.includes('bureau_chief')
      const reach = behaviour(context.requestHeader.get('cookie')).has('empty') ? [] : [...tasks.values()].filter((task) => (manager || request.mine ? task.ownerNumber === me.staffNumber : !chief || me.bureauIds.includes(task.bureauId)))
      const query = request.query
      const matching = reach.filter(
        (task) =>
          (request.kinds.length === 0 || request.kinds.includes(task.kind)) &&
          (!request.customerId || task.customerId === request.customerId) &&
          (!request.bureauId || task.bureauId === request.bureauId) &&
          (!request.communityId || task.communityId === request.communityId) &&
          (!request.source || task.source === request.source) &&
          (!query || task.title.includes(query) || task.customerName.includes(query) || task.externalId === query),
      )
      const count = (bucket: TaskBucket) => BigInt(matching.filter(inBucket[bucket]).length)
      const rows = matching.filter(inBucket[request.bucket]).sort((a, b) => Number((a.dueAt?.seconds ?? 0n) - (b.dueAt?.seconds ?? 0n)) || a.id.localeCompare(b.id))
      const part = paged(rows, request.page)
      return {
        tasks: part.rows.map((task) => ({ ...task, overdue: standing(task) === 'overdue' })),
        page: part.page,
        ...(request.withCounts ? { counts: { overdue: count(TaskBucket.OVERDUE), today: count(TaskBucket.TODAY), upcoming: count(TaskBucket.UPCOMING), unassigned: manager ? 0n : count(TaskBucket.UNASSIGNED), writeBackPending: BigInt(matching.filter((task) => task.writeBack === WriteBackState.PENDING).length), writeBackFailed: manager ? 0n : BigInt(writeBacks.filter((one) => one.state === WriteBackState.FAILED).length) } } : {}),
      }
    },
    getTask(request, context) {
      const me = callerOf(context)
      const task = find(request.id)
      const mine = task.ownerNumber === me.staffNumber
      const stands = me.roles.some((role) => role === 'bureau_chief' || role === 'dispatcher')
      const allowed = standing(task) === 'ended' ? [] : [...(mine && task.state === TaskState.OPEN ? ['accept'] : []), ...(mine ? ['complete'] : []), ...(mine || stands ? ['cancel'] : []), ...(stands ? ['assign'] : [])]
      return { task: { ...task, overdue: standing(task) === 'overdue' }, history: histories.get(task.id) ?? [], writeBacks: writeBacks.filter((one) => one.taskId === task.id), allowed }
    },
    acceptTask: (request, context) => ({ task: move(fresh(request.id, request.version), { id: callerOf(context).staffNumber, name: callerOf(context).name }, TaskState.ACCEPTED, 'accepted') }),
    completeTask: (request, context) => ({ task: move(fresh(request.id, request.version), { id: callerOf(context).staffNumber, name: callerOf(context).name }, TaskState.COMPLETED, 'completed', { resultCode: request.resultCode, resultJson: request.resultJson }) }),
    cancelTask: (request, context) => ({ task: move(fresh(request.id, request.version), { id: callerOf(context).staffNumber, name: callerOf(context).name }, TaskState.CANCELLED, 'cancelled') }),
    assignTask(request, context) {
      const task = fresh(request.id, request.version)
      const owner = staff.find((person) => person.staffNumber === request.ownerNumber)
      if (!owner) throw refuse(Code.InvalidArgument, 'PERSON_UNKNOWN', { field: 'owner_number' })
      const before = task.ownerNumber
      Object.assign(task, { ownerNumber: owner.staffNumber, ownerName: owner.name, placement: 'MANUAL', version: task.version + 1n })
      note(task, { id: callerOf(context).staffNumber, name: callerOf(context).name }, [['owner_number', before, owner.staffNumber]])
      tell(task, 'assigned')
      return { task }
    },
    unmask: (request, context) => unmask(request, context, find(request.id).title, find(request.id).place),
    startExport: (request, context) => startExport('dispatch.task', tasks.size, request, context),
    listExports: (_, context) => listExports('dispatch.task', context),
    getCompletionForm: (request) => completionForm(request.kind, request.language),
    listGenerationRules: () => ({ rules }),
    updateGenerationRule(request) {
      const rule = rules.find((one) => one.name === request.rule?.name)
      if (!rule || !request.rule) throw refuse(Code.NotFound, 'NOT_FOUND')
      if (rule.version !== request.rule.version) throw refuse(Code.Aborted, 'STALE_VERSION')
      Object.assign(rule, request.rule, { version: rule.version + 1n })
      return { rule }
    },
    generateTasks: () => ({ created: { birthday: 12, store_anniversary: 3 } }),
    listWriteBacks(request) {
      const part = paged(writeBacks.filter((one) => !request.state || one.state === request.state), request.page)
      return { writeBacks: part.rows, page: part.page }
    },
    retryWriteBack(request) {
      const one = writeBacks.find(({ id }) => id === request.id)
      if (!one || one.state !== WriteBackState.FAILED) throw refuse(Code.FailedPrecondition, 'WRITE_BACK_NOT_FAILED')
      Object.assign(one, { state: WriteBackState.PENDING, attempts: 0 })
      return { writeBack: one }
    },
  })
}

function customerRoutes(router: ConnectRouter): void {
  router.service(CustomerService, {
    listCustomers(request, context) {
      const me = callerOf(context)
      const empty = behaviour(context.requestHeader.get('cookie')).has('empty')
      const own = behaviour(context.requestHeader.get('cookie')).has('many') || !me.roles.includes('customer_manager') ? archive : archive.filter((one) => one.ownerNumber === me.staffNumber)
      const rows = (empty ? [] : own).filter((one) => (!request.query || one.name.includes(request.query) || one.customerNumber.includes(request.query) || one.phone.endsWith(request.query)) && (request.kinds.length === 0 || request.kinds.includes(one.kind)) && (request.groups.length === 0 || request.groups.includes(one.group)) && (!request.communityId || one.communityId === request.communityId) && (!request.bureauId || one.bureauId === request.bureauId))
      const field = request.orderBy.replace('-', '')
      const turn = request.orderBy.startsWith('-') ? -1 : 1
      if (field === 'customer_number') rows.sort((a, b) => turn * a.customerNumber.localeCompare(b.customerNumber))
      if (field === 'joined_on') rows.sort((a, b) => turn * a.joinedOn.localeCompare(b.joinedOn))
      if (field === 'name' && turn < 0) rows.reverse()
      const part = paged(rows, request.page)
      return { customers: part.rows, page: part.page }
    },
    getCustomer(request) {
      const one = customerById.get(request.id)
      if (!one) throw refuse(Code.NotFound, 'NOT_FOUND')
      const found = whole(one)
      if (found.customer) Object.assign(found.customer, { columns: customerStates })
      return found
    },
    updateCustomer(request) {
      const one = customerById.get(request.id)
      if (!one || !request.customer) throw refuse(Code.NotFound, 'NOT_FOUND')
      if (one.version !== request.version) throw refuse(Code.Aborted, 'STALE_VERSION', { fields: 'note', by: '周海', version: String(one.version) })
      const wanted = request.customer as unknown as Record<string, unknown>
      const changed = Object.fromEntries(request.fields.map((field) => field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).map((field) => [field, wanted[field]]))
      Object.assign(one, changed, { version: one.version + 1n })
      return { customer: one }
    },
    listCustomerChanges: (request) => ({ changes: [{ id: '1', changedAt: timestampFromDate(new Date(Date.now() - 3_600_000)), actor: { kind: 1, id: 'm001', name: '王敏', ip: '10.20.3.47' }, field: 'phone', oldValue: '138****0001', newValue: '138****0002', form: 'customer.customer', recordId: request.id }, { id: '2', changedAt: timestampFromDate(new Date(Date.now() - 40 * 86_400_000)), actor: { kind: 2, id: 'ods-files', name: 'ODS' }, field: '*', oldValue: '', newValue: request.id, form: 'customer.customer', recordId: request.id, cause: 'j3' }] }),
    unmask(request, context) {
      const one = customerById.get(request.id)
      return unmask(request, context, one ? `${one.name} ${one.customerNumber}` : request.id, request.column === 'id_card' ? '320102198001011234' : request.column.includes('address') ? (one?.address ?? '') : '13800001234')
    },
    startExport: (request, context) => startExport('customer.customer', callerOf(context).roles.includes('customer_manager') ? 640 : archive.length, request, context),
    listExports: (_, context) => listExports('customer.customer', context),
    listImports() {
      for (const job of jobs.filter((one) => one.state === ImportJob_State.RUNNING)) {
        const percent = Math.min(100, job.percent + 13)
        const read = BigInt(percent * 1000)
        Object.assign(job, { percent, read, created: (read * 97n) / 100n, updated: read / 100n, skipped: read / 100n, failed: read - (read * 97n) / 100n - 2n * (read / 100n), state: percent === 100 ? ImportJob_State.DONE : job.state })
      }
      return { jobs }
    },
    cancelImport(request) {
      const job = jobs.find((one) => one.id === request.id)
      if (job?.state !== ImportJob_State.RUNNING) throw refuse(Code.FailedPrecondition, 'IMPORT_ENDED')
      job.state = ImportJob_State.CANCELLED
      return { job }
    },
  })
}

function supportRoutes(router: ConnectRouter): void {
  router.service(SupportService, {
    getMe(_, context) {
      const person = callerOf(context)
      return { person, grants: grantsOf(person), units: units.filter((unit) => [person.unitId, ...person.bureauIds, ...person.communityIds].includes(unit.id)) }
    },
    getDay: (request) => ({ day: { date: request.date, working: ![0, 6].includes(new Date(request.date).getUTCDay()) }, lunarZh: '农历十月十四', lunarEn: '14th of the 10th lunar month', solarTermZh: '小雪', yearPublished: true }),
    listUnits: () => ({ units }),
    listStaff(request) {
      const rows = staff.filter((person) => (!request.query || person.name.includes(request.query) || person.staffNumber.startsWith(request.query)) && (!request.unitId || [person.unitId, ...person.bureauIds, ...person.communityIds].includes(request.unitId)))
      const part = paged(rows.filter((person) => !request.role || person.roles.includes(request.role)), request.page)
      return { staff: part.rows, page: part.page }
    },
    getCalendarYear: (request) => ({ calendar: calendarYear(request.year, request.unitId) }),
    setCalendarDays: (request) => ({ calendar: setCalendarDays(request) }),
    listSignIns: (request) => ({ signIns: [{ id: '1', staffNumber: request.staffNumber, ip: '10.20.3.47', userAgent: 'Mozilla/5.0 Chrome/150', signedInAt: timestampFromDate(new Date(Date.now() - 1_800_000)) }, { id: '2', staffNumber: request.staffNumber, ip: '10.20.3.47', userAgent: 'Mozilla/5.0 Edg/150', signedInAt: timestampFromDate(new Date(Date.now() - 90_000_000)), signedOutAt: timestampFromDate(new Date(Date.now() - 70_000_000)), endedBy: 'logout' }] }),
  })
}

/** All services. */
export function routes(router: ConnectRouter): void {
  dispatchRoutes(router)
  customerRoutes(router)
  supportRoutes(router)
  organisationRoutes(router)
  parameterRoutes(router)
  accessRoutes(router)
  auditRoutes(router)
  systemRoutes(router)
}
