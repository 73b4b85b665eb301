import type { TaskNews } from '@/app/live'

/** Something that happened to a task of the person. */
export interface Notice {
  id: string
  taskId: string
  title: string
  change: TaskNews['change']
  at: Date
}

const KEPT = 30
let notices: Notice[] = []
let unread = 0
let fresh: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()

/** All there is to know about notices, as one value that changes whole. */
export interface Notices {
  notices: Notice[]
  unread: number
  fresh: ReadonlySet<string>
}

let snapshot: Notices = { notices, unread, fresh }

function change(): void {
  snapshot = { notices, unread, fresh }
  listeners.forEach((listener) => {
    listener()
  })
}

/** Adds what has just happened; newest first. */
export function addNotices(added: Notice[]): void {
  notices = [...added, ...notices].slice(0, KEPT)
  unread += added.length
  fresh = new Set(added.map((notice) => notice.taskId))
  change()
}

/** All have been seen. */
export function readNotices(): void {
  unread = 0
  change()
}

/** The notices now. */
export function currentNotices(): Notices {
  return snapshot
}

/** Calls back with every change. */
export function subscribeNotices(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
