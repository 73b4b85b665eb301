import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'

import { ChangeSchema, type Change } from '../src/rpc/crm/common/v1/change_pb'
import { Actor_Kind } from '../src/rpc/crm/common/v1/person_pb'
import { TaskKind, TaskSchema, TaskState, WriteBackSchema, WriteBackState, type Task, type WriteBack } from '../src/rpc/crm/dispatch/v1/dispatch_pb'
import { archive } from './archive'
import { chance, chooser } from './chance'
import { staff } from './people'

const next = chance(3)
const pick = chooser(4)
const HOUR = 3_600_000

const words: [TaskKind, string, string][] = [
  [TaskKind.BIRTHDAY, '生日关怀', '农历十月十三'],
  [TaskKind.STORE_ANNIVERSARY, '店庆关怀', '11月22日'],
  [TaskKind.HOLIDAY, '节日问候', '元旦'],
  [TaskKind.INSTALL, '装机预约', '11月22日 09:30'],
  [TaskKind.RELOCATE, '移机预约', '11月22日 10:00'],
  [TaskKind.VISIT, '上门预约', '11月22日 15:00'],
  [TaskKind.CARE, '宽带降费回访', ''],
  [TaskKind.RETENTION, '携号转网意向挽留', ''],
  [TaskKind.ARREARS, '欠费催缴', ''],
]

/** Close of work, so many days from today. */
function closeOfWork(days: number, hour = 18): Date {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date(Date.now() + days * 24 * HOUR))
  return new Date(`${today}T${String(hour).padStart(2, '0')}:00:00+08:00`)
}

function dueOf(index: number): Date {
  if (index % 14 < 2) return closeOfWork(-1 - (index % 3))
  if (index % 14 < 6) return closeOfWork(0, index % 2 ? 23 : 22)
  return closeOfWork(1 + (index % 9))
}

let number = 0

/** A new task for somebody; without an owner it waits to be assigned. */
export function newTask(ownerNumber: string, due: Date): Task {
  number += 1
  const own = archive.filter((one) => one.ownerNumber === ownerNumber)
  const customer = own.length > 0 ? pick(own) : pick(archive)
  const [kind, title, occasion] = pick(words)
  const outside = kind === TaskKind.CARE || kind === TaskKind.RETENTION || kind === TaskKind.ARREARS
  const owner = staff.find((person) => person.staffNumber === ownerNumber)
  return create(TaskSchema, {
    id: `0192d000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    version: 1n,
    kind,
    title: outside ? `${title}:${customer.name}` : `${title} · ${customer.name}(${occasion})`,
    source: outside ? 'gnet-crm' : 'generator',
    externalId: outside ? `GN2026-${String(70000 + number)}` : '',
    customerId: ownerNumber ? customer.id : '',
    customerName: ownerNumber ? customer.name : '',
    bureauId: ownerNumber ? customer.bureauId : '',
    communityId: ownerNumber ? customer.communityId : '',
    ownerNumber,
    ownerName: owner?.name ?? '',
    priority: next() < 0.08 ? 1 : next() < 0.15 ? 2 : 3,
    dueAt: timestampFromDate(due),
    state: number % 5 === 0 ? TaskState.ACCEPTED : TaskState.OPEN,
    occasionOn: outside ? '' : '2026-11-22',
    placement: ownerNumber ? (outside ? 'BY_SUBSCRIBER_NUMBER' : 'CUSTOMER_OWNER') : 'NOT_FOUND',
    place: kind === TaskKind.RELOCATE ? customer.address : '',
    description: outside ? '客户三个月内流量下降 42%,请了解原因,推荐合适的套餐。' : '',
    createdAt: timestampFromDate(new Date(Date.now() - 20 * HOUR)),
    seatNumber: customer.seatNumber,
  })
}

/** Every task of the branch. */
export const tasks = new Map<string, Task>()

/** What happened to each, newest first. */
export const histories = new Map<string, Change[]>()

/** Answers to older systems. */
export const writeBacks: WriteBack[] = []

/** Writes a line into a history. */
export function note(task: Task, who: { id: string; name: string; kind?: Actor_Kind }, fields: [field: string, from: string, to: string][]): void {
  const at = timestampFromDate(new Date())
  const changes = fields.map(([field, oldValue, newValue], index) =>
    create(ChangeSchema, { id: `${task.id}-${String(task.version)}-${String(index)}`, changedAt: at, actor: { kind: who.kind ?? Actor_Kind.PERSON, id: who.id, name: who.name, ip: who.kind ? '' : '10.20.3.47' }, field, oldValue, newValue, form: 'dispatch.task', recordId: task.id }),
  )
  histories.set(task.id, [...changes, ...(histories.get(task.id) ?? [])])
}

/** Adds a task to the branch. */
export function add(task: Task): Task {
  tasks.set(task.id, task)
  note(task, task.source === 'generator' ? { id: 'svc-dispatch', name: 'dispatch', kind: Actor_Kind.SERVICE } : { id: task.source, name: 'G网CRM', kind: Actor_Kind.SYSTEM }, [['*', '', task.id]])
  return task
}

/** The answer that goes back once a task of an older system has ended. */
export function answer(task: Task, state: WriteBackState, attempts: number, lastError = ''): void {
  writeBacks.unshift(
    create(WriteBackSchema, { id: `w-${task.id}`, taskId: task.id, system: task.source, externalId: task.externalId, outcome: task.state === TaskState.CANCELLED ? 'cancelled' : 'completed', state, attempts, lastError, createdAt: timestampFromDate(new Date(Date.now() - 2 * HOUR)), ...(state === WriteBackState.PENDING ? { nextAttemptAt: timestampFromDate(new Date(Date.now() + 90_000)) } : {}) }),
  )
}

for (let index = 0; index < 44; index += 1) add(newTask('m001', dueOf(index)))
for (let index = 0; index < 1600; index += 1) add(newTask(`m${String(2 + (index % 119)).padStart(3, '0')}`, dueOf(index)))
for (let index = 0; index < 7; index += 1) add(newTask('', dueOf(index)))
for (let index = 0; index < 60; index += 1) {
  const task = add(newTask(index < 20 ? 'm001' : 'm002', closeOfWork(-1)))
  const outside = task.externalId !== ''
  Object.assign(task, { state: index % 7 === 0 ? TaskState.CANCELLED : TaskState.COMPLETED, endedAt: timestampFromDate(new Date(Date.now() - (index + 1) * HOUR)), resultCode: 'delivered', resultJson: '{"result_code":"delivered","channel":"call"}' })
  if (!outside) continue
  task.writeBack = [WriteBackState.DELIVERED, WriteBackState.PENDING, WriteBackState.FAILED][index % 3] ?? WriteBackState.DELIVERED
  answer(task, task.writeBack, 1 + (index % 9), task.writeBack === WriteBackState.DELIVERED ? '' : pick(['HTTP_503', 'TIMEOUT', 'CONNECTION', 'HTTP_422']))
}
