/** What may stand in the address of a page; anything else is left out rather than trusted. */

type Raw = Record<string, unknown>

function word(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function oneOf<Value extends string>(raw: Raw, name: string, values: readonly Value[]): Value | undefined {
  return values.find((value) => value === raw[name])
}

function number(raw: Raw, name: string): number | undefined {
  return typeof raw[name] === 'number' && Number.isInteger(raw[name]) ? raw[name] : undefined
}

/** Leaves out what is not there, so that the address stays short. */
function short<T extends Record<string, unknown>>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** Home. */
export function homeSearch(raw: Raw) {
  return short({ task: word(raw, 'task'), show: oneOf(raw, 'show', ['overdue', 'today', 'upcoming', 'writeback'] as const) })
}

/** Tasks. */
export function tasksSearch(raw: Raw) {
  const kinds = Array.isArray(raw['kinds']) ? raw['kinds'].filter((kind): kind is number => typeof kind === 'number') : undefined
  return short({
    bucket: oneOf(raw, 'bucket', ['todo', 'overdue', 'today', 'upcoming', 'unassigned', 'ended'] as const),
    kinds,
    bureau: word(raw, 'bureau'),
    community: word(raw, 'community'),
    owner: word(raw, 'owner'),
    source: word(raw, 'source'),
    query: word(raw, 'query'),
  })
}

/** Customers. */
export function customersSearch(raw: Raw) {
  return short({
    query: word(raw, 'query'),
    kind: oneOf(raw, 'kind', ['household', 'business'] as const),
    group: number(raw, 'group'),
    bureau: word(raw, 'bureau'),
    community: word(raw, 'community'),
    order: word(raw, 'order'),
  })
}

/** Write-backs. */
export function writeBacksSearch(raw: Raw) {
  return short({ state: oneOf(raw, 'state', ['failed', 'pending', 'delivered', 'all'] as const) })
}

/** The calendar. */
export function calendarSearch(raw: Raw) {
  return short({ year: number(raw, 'year') })
}
