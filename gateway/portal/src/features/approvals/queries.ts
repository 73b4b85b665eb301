import { infiniteQueryOptions } from '@tanstack/react-query'

import { ApprovalState, type Approval } from '@/rpc/crm/support/v1/access_pb'

import { access } from '../access/client'
import type { Told } from '../access/Differences'

/** Approvals that wait, or that were decided. */
export function approvalsQuery(show: 'waiting' | 'decided') {
  return infiniteQueryOptions({
    queryKey: ['approvals', show],
    queryFn: ({ pageParam, signal }) => access.listApprovals({ state: show === 'waiting' ? ApprovalState.WAITING : ApprovalState.UNSPECIFIED, page: { size: 50, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** Counts the approvals that wait: those the caller may decide, and all the caller has to do with. */
export async function countApprovals(): Promise<{ mine: number; all: number }> {
  const { approvals } = await access.listApprovals({ state: ApprovalState.WAITING, page: { size: 100 } })
  return { mine: approvals.filter((one) => one.mineToDecide).length, all: approvals.length }
}

/** What an approval is about, as its summary says. */
export interface Summary {
  form?: string
  rows?: number
  reason?: string
  filter?: Record<string, unknown>
  note?: string
  effective_from?: string
  differences?: Told[]
}

function object(value: unknown): Record<string, unknown> | undefined {
  if (typeof value === 'string' && value !== '') {
    try {
      return object(JSON.parse(value))
    } catch {
      // A filter that is no JSON is not shown in parts.
      return undefined
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

function told(value: unknown): Told[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap((one: unknown) => {
    const raw = object(one)
    const text = (name: string) => (typeof raw?.[name] === 'string' ? raw[name] : '')
    return raw ? [{ role: text('role'), form: text('form'), what: text('what'), item: text('item'), oldValue: text('old_value'), newValue: text('new_value'), widens: raw['widens'] === true }] : []
  })
}

/** Reads the summary of an approval; what is missing or odd is left out. */
export function summaryOf(approval: Pick<Approval, 'summaryJson'>): Summary {
  const raw = object(approval.summaryJson) ?? {}
  const text = (name: string) => (typeof raw[name] === 'string' ? { [name]: raw[name] } : {})
  const differences = told(raw['differences'])
  const filter = object(raw['filter'])
  return { ...text('form'), ...text('reason'), ...text('note'), ...text('effective_from'), ...(typeof raw['rows'] === 'number' ? { rows: raw['rows'] } : {}), ...(differences ? { differences } : {}), ...(filter ? { filter } : {}) }
}

/** What of a filter narrows the list, as pairs. */
export function narrowing(filter: Record<string, unknown>): [name: string, value: string][] {
  return Object.entries(filter).flatMap(([name, value]): [string, string][] => {
    const text = Array.isArray(value) ? value.join(', ') : typeof value === 'object' && value !== null ? '' : String(value ?? '')
    const idle = text === '' || text === 'false' || text === '0' || name === 'page' || name === 'withCounts' || name === 'with_counts' || /UNSPECIFIED$/.test(text)
    return idle ? [] : [[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), text]]
  })
}
