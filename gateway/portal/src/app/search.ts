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

/** The calendar, of the branch or of a bureau. */
export function calendarSearch(raw: Raw) {
  return short({ year: number(raw, 'year'), unit: word(raw, 'unit') })
}

/** The tree of units: which one is open, and those that ended too. */
export function organisationSearch(raw: Raw) {
  return short({ unit: word(raw, 'unit'), query: word(raw, 'query'), ended: raw['ended'] === true ? true : undefined })
}

/** Staff, with pairs, stand-ins and accounts. */
export function staffSearch(raw: Raw) {
  return short({
    show: oneOf(raw, 'show', ['people', 'pairs', 'stand-ins', 'accounts'] as const),
    query: word(raw, 'query'),
    unit: word(raw, 'unit'),
    position: word(raw, 'position'),
    state: oneOf(raw, 'state', ['suspended', 'left', 'all'] as const),
    ended: raw['ended'] === true ? true : undefined,
  })
}

/** Parameters as they hold at a unit, and the fields of the branch's own. */
export function parametersSearch(raw: Raw) {
  return short({
    show: oneOf(raw, 'show', ['values', 'fields'] as const),
    unit: word(raw, 'unit'),
    group: oneOf(raw, 'group', ['alerts', 'loyalty', 'propensity', 'response', 'access', 'calendar', 'other'] as const),
    query: word(raw, 'query'),
    key: word(raw, 'key'),
  })
}

/** A role: which form is open, and the template it is compared with. */
export function roleSearch(raw: Raw) {
  return short({ form: word(raw, 'form'), template: word(raw, 'template') })
}

/** Versions of the rules: which two are compared. */
export function versionsSearch(raw: Raw) {
  return short({ from: word(raw, 'from'), to: word(raw, 'to') })
}

/** Why somebody sees a record, and rows as somebody sees them. */
export function rolesWhySearch(raw: Raw) {
  return short({ person: word(raw, 'person'), form: word(raw, 'form'), record: word(raw, 'record'), draft: raw['draft'] === true ? true : undefined })
}

/** Approvals: those that wait or were decided, and which is open. */
export function approvalsSearch(raw: Raw) {
  return short({ show: oneOf(raw, 'show', ['waiting', 'decided'] as const), open: word(raw, 'open') })
}

/** What was seen in full and taken out. */
export function disclosuresSearch(raw: Raw) {
  return short({ kind: oneOf(raw, 'kind', ['all', 'unmask', 'export'] as const), person: word(raw, 'person') })
}

/** The audit: entries, counts, findings or subnets, narrowed. */
export function auditSearch(raw: Raw) {
  const kinds = Array.isArray(raw['kinds']) ? raw['kinds'].filter((kind): kind is number => typeof kind === 'number') : undefined
  return short({
    view: oneOf(raw, 'view', ['entries', 'counts', 'findings', 'subnets'] as const),
    by: oneOf(raw, 'by', ['person', 'unit', 'day'] as const),
    person: word(raw, 'person'),
    unit: word(raw, 'unit'),
    kinds,
    from: word(raw, 'from'),
    to: word(raw, 'to'),
    form: word(raw, 'form'),
    record: word(raw, 'record'),
  })
}

/** Name and password of an older system: why they are asked for. */
export function credentialSearch(raw: Raw) {
  return short({ reason: word(raw, 'reason'), cause: word(raw, 'cause') })
}

/** Operations: the view, and what is looked for in it. */
export function operationsSearch(raw: Raw) {
  return short({
    view: oneOf(raw, 'view', ['health', 'calls', 'traces', 'logs', 'alerts', 'letters'] as const),
    minutes: number(raw, 'minutes'),
    part: word(raw, 'part'),
    order: oneOf(raw, 'order', ['slowest', 'newest'] as const),
    failed: raw['failed'] === true ? true : undefined,
    name: word(raw, 'name'),
    level: oneOf(raw, 'level', ['warning', 'error'] as const),
    text: word(raw, 'text'),
  })
}
