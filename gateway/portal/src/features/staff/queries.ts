import { infiniteQueryOptions, queryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { queryClient } from '@/app/queryClient'
import { StaffState } from '@/rpc/crm/support/v1/organisation_pb'

import { organisation } from '../organisation/queries'

/** Which staff is wanted. */
export interface StaffWish {
  query: string
  unitId: string
  position: string
  state: 'suspended' | 'left' | 'all' | undefined
}

const states: Record<'suspended' | 'left' | 'all' | 'here', StaffState[]> = {
  here: [],
  suspended: [StaffState.SUSPENDED],
  left: [StaffState.LEFT],
  all: [StaffState.ACTIVE, StaffState.SUSPENDED, StaffState.LEFT],
}

function membersQuery(wish: StaffWish) {
  return infiniteQueryOptions({
    queryKey: ['members', wish] as const,
    queryFn: ({ pageParam, signal }) => organisation.listStaffMembers({ query: wish.query, unitId: wish.unitId, position: wish.position, states: states[wish.state ?? 'here'], page: { size: 100, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** The staff wanted, as one list. */
export function useMembers(wish: StaffWish) {
  const query = useInfiniteQuery({ ...membersQuery(wish), placeholderData: (old) => old })
  const pages = query.data?.pages
  const rows = useMemo(() => pages?.flatMap((page) => page.members) ?? [], [pages])
  const total = pages?.[0]?.page?.total
  return { query, rows, total: total === undefined ? undefined : Number(total) }
}

/** One person, as the administrator keeps them. */
export function memberQuery(staffNumber: string) {
  return queryOptions({
    queryKey: ['member', staffNumber] as const,
    queryFn: ({ signal }) => organisation.getStaffMember({ staffNumber }, { signal }),
    staleTime: 30_000,
    // The account follows by itself.
    refetchInterval: ({ state }) => (state.data?.member?.account === 1 ? 2_000 : false),
  })
}

/** What somebody would hand over. */
export function handoverQuery(staffNumber: string) {
  return queryOptions({
    queryKey: ['handover', staffNumber] as const,
    queryFn: ({ signal }) => organisation.previewHandover({ staffNumber }, { signal }),
    staleTime: 0,
    gcTime: 0,
  })
}

/** Pairs of somebody, or of all. */
export function pairsQuery(staffNumber: string, ended: boolean) {
  return queryOptions({ queryKey: ['pairs', staffNumber, ended] as const, queryFn: ({ signal }) => organisation.listPairs({ staffNumber, ended }, { signal }) })
}

/** Stand-ins of somebody, or of all in reach. */
export function standInsQuery(staffNumber: string) {
  return queryOptions({ queryKey: ['stand-ins', staffNumber] as const, queryFn: ({ signal }) => organisation.listStandIns({ staffNumber }, { signal }) })
}

/** Somebody has changed: whoever shows them asks again. */
export async function staffChanged(): Promise<void> {
  await Promise.all([['member'], ['members'], ['staff'], ['organisation-changes'], ['pairs'], ['stand-ins'], ['drift']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}

/** Sends a change; done or refused, what is shown is asked for again, so that the next one goes against it. */
export async function changing<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call
  } finally {
    await staffChanged()
  }
}
