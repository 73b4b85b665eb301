/**
 * Completing and cancelling can be taken back for a few seconds: the task leaves the list at once, the call goes out when
 * the time is over, or as soon as the page is hidden. What has not gone out yet survives a reload.
 */
import { create } from '@bufbuild/protobuf'

import { queryClient } from '@/app/queryClient'
import { mayPass, refusalOf, type Refusal } from '@/app/refusal'
import { dispatch } from '@/app/transport'
import { TaskSchema, TaskState, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'

import { taskChanged } from './queries'

/** How long an ending can be taken back. */
export const GRACE_SECONDS = 5

/** What a person has decided about a task. */
export interface Ending {
  id: string
  version: string
  title: string
  bucket: 'overdue' | 'today' | 'upcoming'
  kind: 'complete' | 'cancel'
  resultCode: string
  resultJson: string
  reason: string
}

/** What the page says when an ending was refused. */
export type OnRefused = (ending: Ending, cause: unknown, refusal: Refusal) => void

const KEY = 'crm.endings'
const RETRY_SECONDS = [2, 5, 15, 30]

let waiting: ReadonlyMap<string, Ending> = new Map()
const timers = new Map<string, ReturnType<typeof setTimeout>>()
const sending = new Set<string>()
// Once a call has gone out its effect may be there, whatever became of the answer.
const tried = new Set<string>()
const listeners = new Set<() => void>()
let onRefused: OnRefused = () => undefined
let onDone: (ending: Ending) => void = () => undefined

function change(next: ReadonlyMap<string, Ending>): void {
  waiting = next
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...next.values()]))
  } catch {
    // Without storage an ending lives as long as the page.
  }
  listeners.forEach((listener) => {
    listener()
  })
}

function without(id: string): ReadonlyMap<string, Ending> {
  const next = new Map(waiting)
  next.delete(id)
  return next
}

/** Endings that have not reached the server. */
export function currentEndings(): ReadonlyMap<string, Ending> {
  return waiting
}

/** Calls back with every change. */
export function subscribeEndings(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

async function call(ending: Ending): Promise<Task> {
  const version = BigInt(ending.version)
  const answer =
    ending.kind === 'complete'
      ? await dispatch.completeTask({ id: ending.id, version, resultCode: ending.resultCode, resultJson: ending.resultJson })
      : await dispatch.cancelTask({ id: ending.id, version, reason: ending.reason })
  return answer.task ?? create(TaskSchema, { id: ending.id })
}

const ended = { complete: TaskState.COMPLETED, cancel: TaskState.CANCELLED }

/** A repeated call may be refused because the first one, whose answer was lost, had its effect: then it is done. */
async function effectOf(ending: Ending, attempt: number, cause: unknown): Promise<Task> {
  if (attempt > 0 && !mayPass(refusalOf(cause))) {
    const { task } = await dispatch.getTask({ id: ending.id })
    if (task?.state === ended[ending.kind] && task.resultCode === ending.resultCode) return task
  }
  throw cause
}

async function send(ending: Ending, attempt = 0): Promise<void> {
  clearTimeout(timers.get(ending.id))
  if (sending.has(ending.id)) return
  sending.add(ending.id)
  tried.add(ending.id)
  try {
    const task = await call(ending).catch((cause: unknown) => effectOf(ending, attempt, cause))
    tried.delete(ending.id)
    onDone(ending)
    await taskChanged(task)
    change(without(ending.id))
  } catch (cause) {
    const refusal = refusalOf(cause)
    const pause = RETRY_SECONDS[attempt]
    if (mayPass(refusal) && pause !== undefined) {
      timers.set(ending.id, setTimeout(() => void send(ending, attempt + 1), pause * 1000))
    } else {
      tried.delete(ending.id)
      change(without(ending.id))
      onRefused(ending, cause, refusal)
      await queryClient.invalidateQueries({ queryKey: ['task', ending.id] })
      await queryClient.invalidateQueries({ queryKey: ['tasks'] })
    }
  } finally {
    sending.delete(ending.id)
  }
}

/** Ends a task, after a time in which it can be taken back. */
export function end(ending: Ending): void {
  change(new Map(waiting).set(ending.id, ending))
  timers.set(ending.id, setTimeout(() => void send(ending), GRACE_SECONDS * 1000))
}

/** Takes an ending back; false when it has gone out already. */
export function undo(id: string): boolean {
  if (tried.has(id) || !waiting.has(id)) return false
  clearTimeout(timers.get(id))
  change(without(id))
  return true
}

/** Sends at once what is waiting. */
export function flush(): void {
  waiting.forEach((ending) => void send(ending))
}

/** Begins to look after endings; also those a reload has left behind. */
export function beginEndings(handlers: { onRefused: OnRefused; onDone: (ending: Ending) => void }): () => void {
  onRefused = handlers.onRefused
  onDone = handlers.onDone
  const hidden = () => {
    if (document.visibilityState === 'hidden') flush()
  }
  document.addEventListener('visibilitychange', hidden)
  window.addEventListener('pagehide', flush)
  try {
    const left = JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as Ending[]
    if (waiting.size === 0 && left.length > 0) {
      change(new Map(left.map((ending) => [ending.id, ending])))
      flush()
    }
  } catch {
    // Nothing was left behind that can be read.
  }
  return () => {
    document.removeEventListener('visibilitychange', hidden)
    window.removeEventListener('pagehide', flush)
  }
}
