import { UnitKind, type Unit } from '@/rpc/crm/support/v1/support_pb'
import type { Branch } from '@/shared/Tree'

/** A unit with those below it. */
export interface UnitBranch extends Branch {
  unit: Unit
  /** People here and below. */
  people: number
  children: UnitBranch[]
}

/** Whether a unit exists on a day. */
export function standingOf(unit: Unit, today: string): 'open' | 'ended' | 'coming' {
  if (unit.validTo !== '' && unit.validTo < today) return 'ended'
  return unit.validFrom > today ? 'coming' : 'open'
}

const order = [UnitKind.BRANCH, UnitKind.BUREAU, UnitKind.COUNTY_COMPANY, UnitKind.COMMUNITY, UnitKind.DEPARTMENT]

function before(one: Unit, other: Unit): number {
  return order.indexOf(one.kind) - order.indexOf(other.kind) || one.code.localeCompare(other.code)
}

interface Wish {
  query: string
  /** True for units that ended too. */
  ended: boolean
  today: string
}

/** The tree; with a query those that are called so, with everything above and below them. */
export function treeOf(units: Unit[], counts: ReadonlyMap<string, number>, { query, ended, today }: Wish): UnitBranch[] {
  const wanted = query.trim().toLowerCase()
  const known = new Set(units.map((unit) => unit.id))
  const below = new Map<string, Unit[]>()
  for (const unit of [...units].sort(before)) {
    const parent = known.has(unit.parentId) ? unit.parentId : ''
    below.set(parent, [...(below.get(parent) ?? []), unit])
  }
  // Whoever works there is counted, whatever is looked for.
  const peopleOf = (id: string): number => (counts.get(id) ?? 0) + (below.get(id) ?? []).reduce((sum, unit) => sum + peopleOf(unit.id), 0)
  const called = (unit: Unit) => unit.name.toLowerCase().includes(wanted) || unit.code.toLowerCase().includes(wanted)
  const grow = (parent: string, inside: boolean): UnitBranch[] =>
    (below.get(parent) ?? []).flatMap((unit) => {
      const found = inside || wanted === '' || called(unit)
      const children = grow(unit.id, found)
      if (!found && children.length === 0) return []
      if (!ended && standingOf(unit, today) === 'ended' && children.length === 0) return []
      return [{ id: unit.id, name: unit.name, unit, people: peopleOf(unit.id), children }]
    })
  return grow('', false)
}

/** Ids of everything in a tree. */
export function idsOf(branches: UnitBranch[]): string[] {
  return branches.flatMap((branch) => [branch.id, ...idsOf(branch.children)])
}

/** Finds a place in a tree. */
export function findBranch(branches: UnitBranch[], id: string): UnitBranch | undefined {
  for (const branch of branches) {
    const found = branch.id === id ? branch : findBranch(branch.children, id)
    if (found) return found
  }
  return undefined
}
