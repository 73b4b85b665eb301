/** What the rules of a role come to, form by form: the arithmetic behind the matrix. Nothing here asks or draws. */
import { clone, create, equals } from '@bufbuild/protobuf'

import {
  Action,
  ColumnRight,
  ColumnRuleSchema,
  GrantSchema,
  RoleAssignmentSchema,
  RowScope,
  Sensitivity,
  type ColumnDeclaration,
  type FormDeclaration,
  type Grant,
} from '@/rpc/crm/common/v1/access_pb'
import type { Role } from '@/rpc/crm/support/v1/access_pb'

/** Actions in the order in which they are said. */
export const allActions = [Action.SEE, Action.CREATE, Action.CHANGE, Action.DELETE, Action.EXPORT, Action.IMPORT, Action.APPROVE, Action.UNMASK] as const

/** Scopes from the narrowest to the widest. */
export const allScopes = [RowScope.OWN, RowScope.OWN_CUSTOMERS, RowScope.COMMUNITY, RowScope.BUREAU, RowScope.SUBTREE, RowScope.UNITS, RowScope.ALL] as const

/** Rights over a column, from nothing to everything. */
export const allRights = [ColumnRight.HIDDEN, ColumnRight.MASKED, ColumnRight.READ, ColumnRight.WRITE] as const

const sorted = <Value extends number | string>(values: Iterable<Value>) => [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

/** All of a rule but its actions, to find those that can be said in one. */
function reachKey(rule: Grant): string {
  const columns = rule.columns.filter(({ right }) => right !== ColumnRight.UNSPECIFIED).map(({ column, right }) => `${column}=${String(right)}`)
  return JSON.stringify([rule.form, rule.scope, sorted(rule.unitIds), rule.refuse, sorted(columns), rule.otherColumns])
}

/** Says whether two rules mean the same, whatever their ids. */
export function sameRule(one: Grant, other: Grant): boolean {
  return reachKey(one) === reachKey(other) && sorted(one.actions).join() === sorted(other.actions).join()
}

/** Rules with the same reach and columns, put together; refusals come last. */
export function merged(rules: Grant[]): Grant[] {
  const found = new Map<string, Grant>()
  for (const rule of rules) {
    const before = found.get(reachKey(rule))
    if (before) before.actions = sorted([...before.actions, ...rule.actions])
    else found.set(reachKey(rule), create(GrantSchema, { ...clone(GrantSchema, rule), actions: sorted(rule.actions) }))
  }
  return [...found.values()].sort((a, b) => Number(a.refuse) - Number(b.refuse))
}

/** The rules of a role about one form. */
export function rulesOf(role: Pick<Role, 'rules'> | undefined, form: string): Grant[] {
  return merged((role?.rules ?? []).filter((rule) => rule.form === form))
}

/** Says whether two roles have the same rules about a form. */
export function sameForm(one: Pick<Role, 'rules'> | undefined, other: Pick<Role, 'rules'> | undefined, form: string): boolean {
  const these = rulesOf(one, form)
  const those = rulesOf(other, form)
  return these.length === those.length && these.every((rule) => those.some((same) => sameRule(rule, same)))
}

/** The role with other rules about one form. */
export function withForm(role: Role, form: string, rules: Grant[]): Role {
  const kept = role.rules.filter((rule) => rule.form !== form)
  return { ...role, rules: [...kept, ...rules.map((rule) => create(GrantSchema, { ...rule, role: role.name, form }))] }
}

const writes = (rule: Grant) => rule.actions.some((action) => action === Action.CHANGE || action === Action.CREATE)

/** Steps a rule may open a column to: what cannot be changed cannot be written. */
export function rightsOf(rule: Grant): ColumnRight[] {
  return allRights.filter((right) => right !== ColumnRight.WRITE || writes(rule))
}

/** A column can be written only where the row can. */
function capped(rule: Grant, right: ColumnRight): ColumnRight {
  return writes(rule) ? right : Math.min(right, ColumnRight.READ)
}

/** What columns that a rule does not name are open to. */
export function otherRight(rule: Grant): ColumnRight {
  return capped(rule, rule.otherColumns || ColumnRight.WRITE)
}

/** What a rule names for a column; unspecified when it leaves it to the default. */
export function namedRight(rule: Grant, column: string): ColumnRight {
  return rule.columns.find((one) => one.column === column)?.right ?? ColumnRight.UNSPECIFIED
}

/** What a column is open to by this rule: sensitive ones are masked unless named themselves; a name for `subscribers` is one for all in it. */
export function rightOf(rule: Grant, column: ColumnDeclaration): ColumnRight {
  const named = namedRight(rule, column.column)
  if (named !== ColumnRight.UNSPECIFIED) return capped(rule, named)
  const rest = namedRight(rule, column.column.split('.')[0] ?? '') || rule.otherColumns
  if (column.sensitivity !== Sensitivity.UNSPECIFIED) return Math.min(rest || ColumnRight.MASKED, ColumnRight.MASKED)
  return capped(rule, rest || ColumnRight.WRITE)
}

/** The rule with a column named; unspecified takes the name back. */
export function withColumn(rule: Grant, column: string, right: ColumnRight): Grant {
  const kept = rule.columns.filter((one) => one.column !== column)
  return { ...rule, columns: right === ColumnRight.UNSPECIFIED ? kept : [...kept, create(ColumnRuleSchema, { column, right })] }
}

/** Says whether a rule shows columns at all. */
export function showsColumns(rule: Grant): boolean {
  return rule.actions.some((action) => action === Action.SEE || action === Action.CREATE || action === Action.CHANGE || action === Action.EXPORT)
}

/** Columns with the same value that the role shows further than this one: closing it alone leaves the value in sight. */
export function shownElsewhere(role: Pick<Role, 'rules'>, forms: FormDeclaration[], column: ColumnDeclaration, right: ColumnRight): { form: FormDeclaration; column: ColumnDeclaration }[] {
  if (right >= ColumnRight.READ) return []
  return column.alsoIn.flatMap((path) => {
    const [name, other] = path.split('/')
    const form = forms.find((one) => one.name === name)
    const found = form?.columns.find((one) => one.column === other)
    if (!form || !found) return []
    const widest = Math.max(ColumnRight.HIDDEN, ...rulesOf(role, form.name).filter((rule) => !rule.refuse && showsColumns(rule)).map((rule) => rightOf(rule, found)))
    return widest > right ? [{ form, column: found }] : []
  })
}

/** Columns of a form by how far they are open where that is not what most are. */
export function exceptions(rule: Grant, form: FormDeclaration): [right: ColumnRight, columns: ColumnDeclaration[]][] {
  const other = otherRight(rule)
  return [...allRights].reverse().flatMap((right): [ColumnRight, ColumnDeclaration[]][] => {
    const columns = form.columns.filter((column) => right !== other && rightOf(rule, column) === right)
    return columns.length > 0 ? [[right, columns]] : []
  })
}

/** A new rule about a form, as far as no other one reaches yet: sees the person's own rows. */
export function newRule(role: string, form: FormDeclaration, rules: Grant[], refuse = false): Grant {
  const first = form.actions.includes(Action.SEE) ? Action.SEE : (form.actions[0] ?? Action.SEE)
  const used = new Set(rules.map(({ scope }) => scope))
  const scope = allScopes.find((one) => one !== RowScope.UNITS && !used.has(one)) ?? RowScope.UNITS
  return create(GrantSchema, { role, form: form.name, actions: [first], scope: refuse ? RowScope.ALL : scope, refuse })
}

/** A role with the rules of another. */
export function startedFrom(role: Role, template: Role): Role {
  return { ...role, rules: template.rules.map((rule) => create(GrantSchema, { ...rule, id: '', role: role.name })) }
}

/** Forms that differ between a role and another one. */
export function formsThatDiffer(one: Role | undefined, other: Role | undefined): string[] {
  const names = sorted([...(one?.rules ?? []), ...(other?.rules ?? [])].map((rule) => rule.form))
  return names.filter((form) => !sameForm(one, other, form))
}

/** Says whether a role is held by the same people. */
export function sameHolders(one: Role | undefined, other: Role | undefined): boolean {
  const these = one?.assignments ?? []
  const those = other?.assignments ?? []
  return these.length === those.length && these.every((holder) => those.some((same) => equals(RoleAssignmentSchema, holder, same)))
}

/** Says whether a role has a rule for chosen units that names none. */
export function incomplete(role: Role): boolean {
  return role.rules.some((rule) => rule.scope === RowScope.UNITS && rule.unitIds.length === 0)
}

/** Forms grouped by the service they belong to, in the order of their names. */
export function byService(forms: FormDeclaration[]): [service: string, forms: FormDeclaration[]][] {
  const groups = new Map<string, FormDeclaration[]>()
  for (const form of forms) {
    const service = form.name.split('.')[0] ?? ''
    groups.set(service, [...(groups.get(service) ?? []), form])
  }
  return [...groups]
}

/** How many forms a role says something about. */
export function formCount(role: Role): number {
  return new Set(role.rules.map((rule) => rule.form)).size
}
