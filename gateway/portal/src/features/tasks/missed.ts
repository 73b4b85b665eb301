/** Since when a person has missed changes of a task: known from a refused save, shown when the task is opened again. */
const missedSince = new Map<string, Date>()

interface MissedChange {
  at: string
  by_name: string
}

/** Reads what a stale save was told, and remembers since when. Answers who changed it last. */
export function noteMissed(taskId: string, changes: string | undefined): string {
  try {
    const missed = JSON.parse(changes ?? '[]') as MissedChange[]
    const times = missed.map(({ at }) => Date.parse(at)).filter(Number.isFinite)
    if (times.length > 0) missedSince.set(taskId, new Date(Math.min(...times)))
    return missed[0]?.by_name ?? ''
  } catch {
    return ''
  }
}

/** Since when changes are news to the person; undefined when none were missed. */
export function sinceWhen(taskId: string): Date | undefined {
  return missedSince.get(taskId)
}

/** The person has seen them. */
export function forgetMissed(taskId: string): void {
  missedSince.delete(taskId)
}
