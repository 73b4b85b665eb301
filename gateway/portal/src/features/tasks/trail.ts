/** What lists are of. */
type Kind = 'task' | 'customer' | 'staff'

/** The list a person came from, so that a whole page can lead to the one before and after. */
interface Trail {
  ids: string[]
  from: string
}

const trails = new Map<Kind, Trail>()

/** Remembers the list that is on the screen. */
export function rememberTrail(ids: string[], from: string, kind: Kind = 'task'): void {
  trails.set(kind, { ids, from })
}

/** Who stands before and after in the list the person came from. */
export function neighbours(id: string, kind: Kind = 'task'): { previous?: string; next?: string; place: number; count: number; from: string } | undefined {
  const trail = trails.get(kind)
  const at = trail?.ids.indexOf(id) ?? -1
  if (!trail || at < 0) return undefined
  const previous = trail.ids[at - 1]
  const next = trail.ids[at + 1]
  return { ...(previous ? { previous } : {}), ...(next ? { next } : {}), place: at + 1, count: trail.ids.length, from: trail.from }
}
