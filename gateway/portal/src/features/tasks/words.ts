import type { Speech } from '@/app/i18n'
import type { Translate } from '@/app/i18n/text'
import { TaskKind, TaskState, WriteBackState, type Task, type WriteBack } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { timestampDate } from '@bufbuild/protobuf/wkt'

import { lateness } from '@/shared/dates'

const kindNames = {
  [TaskKind.UNSPECIFIED]: 'other',
  [TaskKind.BIRTHDAY]: 'birthday',
  [TaskKind.STORE_ANNIVERSARY]: 'store_anniversary',
  [TaskKind.HOLIDAY]: 'holiday',
  [TaskKind.INSTALL]: 'install',
  [TaskKind.REMOVE]: 'remove',
  [TaskKind.RELOCATE]: 'relocate',
  [TaskKind.VISIT]: 'visit',
  [TaskKind.CARE]: 'care',
  [TaskKind.RETENTION]: 'retention',
  [TaskKind.ARREARS]: 'arrears',
  [TaskKind.OTHER]: 'other',
} as const

const stateNames = {
  [TaskState.UNSPECIFIED]: 'open',
  [TaskState.OPEN]: 'open',
  [TaskState.ACCEPTED]: 'accepted',
  [TaskState.COMPLETED]: 'completed',
  [TaskState.CANCELLED]: 'cancelled',
} as const

/** Kinds a person can choose, in the order of the branch's talk. */
export const taskKinds = Object.keys(kindNames)
  .map((key) => Number(key) as TaskKind)
  .filter((kind) => kind !== TaskKind.UNSPECIFIED)

/** What a task is about, in a word. */
export function kindText(kind: TaskKind, t: Translate): string {
  return t(`task.kind.${kindNames[kind]}`)
}

/** Where a task stands, in a word. */
export function stateText(state: TaskState, t: Translate): string {
  return t(`task.state.${stateNames[state]}`)
}

/** The word a stored state has in a history, such as `accepted`, for people. */
export function storedStateText(stored: string, speech: Speech): string {
  return speech.find(`task.state.${stored}`) ?? stored
}

/** Where a task came from. */
export function sourceText(source: string, speech: Speech): string {
  return speech.find(`task.source.${source}`) ?? source
}

/** Why this owner. */
export function placementText(placement: string, speech: Speech): string {
  return speech.find(`task.placement.${placement}`) ?? placement
}

/** What came out of a task. */
export function resultText(code: string, speech: Speech): string {
  return speech.find(`task.result.${code}`) ?? code
}

/** True while there is something to do about it. */
export function isTodo(task: Task): boolean {
  return task.state === TaskState.OPEN || task.state === TaskState.ACCEPTED
}

/** True when it is late, also when it became so since the answer was made. */
export function isOverdue(task: Task, now: Date): boolean {
  return isTodo(task) && (task.overdue || (task.dueAt !== undefined && timestampDate(task.dueAt) < now))
}

/** How late a task is: `逾期2天`. */
export function latenessText(task: Task, now: Date, t: Translate): string {
  if (!task.dueAt) return t('task.late')
  const { unit, count } = lateness(timestampDate(task.dueAt), now)
  return t(`task.late.${unit}`, { n: count })
}

/** How the answer to the older system stands; empty when none is due. */
export function writeBackText(task: Task, writeBacks: WriteBack[], t: Translate): string {
  switch (task.writeBack) {
    case WriteBackState.DELIVERED:
      return t('writeBack.delivered')
    case WriteBackState.FAILED:
      return t('writeBack.failed')
    case WriteBackState.DISCARDED:
      return t('writeBack.discarded')
    case WriteBackState.PENDING: {
      const attempts = Math.max(0, ...writeBacks.map((one) => one.attempts))
      return attempts > 0 ? t('writeBack.trying', { n: attempts + 1 }) : t('writeBack.pending')
    }
    default:
      return ''
  }
}

/** The fields of a result beside its code, as people call them. */
export function resultFacts(resultJson: string, speech: Speech): [field: string, value: string][] {
  let fields: Record<string, unknown> = {}
  try {
    fields = resultJson ? (JSON.parse(resultJson) as Record<string, unknown>) : {}
  } catch {
    // An answer that cannot be read says nothing.
  }
  return Object.entries(fields)
    .filter(([name]) => name !== 'result_code')
    .map(([name, value]) => [speech.find(`result.field.${name}`) ?? name, speech.find(`result.value.${String(value)}`) ?? String(value)])
}
