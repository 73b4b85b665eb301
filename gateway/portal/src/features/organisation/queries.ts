import { createClient } from '@connectrpc/connect'
import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { useAccess } from '@/app/me'
import { queryClient } from '@/app/queryClient'
import { support, transport } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { OrganisationService, StaffState } from '@/rpc/crm/support/v1/organisation_pb'

/** Units and staff as the administrator keeps them. */
export const organisation = createClient(OrganisationService, transport)

const PAGE = 200

/** Everybody who works here, page after page: for names beside numbers, and to count who is where. */
const everybodyQuery = queryOptions({
  queryKey: ['staff', 'everybody'],
  queryFn: async ({ signal }) => {
    const people = []
    let cursor = ''
    do {
      const { staff, page } = await support.listStaff({ page: { size: PAGE, cursor } }, { signal })
      people.push(...staff)
      cursor = page?.nextCursor ?? ''
    } while (cursor !== '')
    return people
  },
  staleTime: 5 * 60_000,
})

/** Names of people, and how many belong to each unit. */
export function usePeople() {
  const { data, error } = useQuery(everybodyQuery)
  return useMemo(() => {
    const names = new Map((data ?? []).map((person) => [person.staffNumber, person.name]))
    const counts = new Map<string, number>()
    for (const person of data ?? []) if (person.active && person.unitId) counts.set(person.unitId, (counts.get(person.unitId) ?? 0) + 1)
    return { known: data !== undefined, error, name: (number: string) => names.get(number) ?? '', counts }
  }, [data, error])
}

/** Names of people by the id of their record, as their history goes by it. */
const recordsQuery = queryOptions({
  queryKey: ['members', 'records'],
  queryFn: async ({ signal }) => {
    const names = new Map<string, string>()
    let cursor = ''
    do {
      const { members, page } = await organisation.listStaffMembers({ states: [StaffState.ACTIVE, StaffState.SUSPENDED, StaffState.LEFT], page: { size: PAGE, cursor } }, { signal })
      for (const member of members) names.set(member.id, member.name)
      cursor = page?.nextCursor ?? ''
    } while (cursor !== '')
    return names
  },
  staleTime: 5 * 60_000,
})

/** Answers who a record is of; empty while that is not known. */
export function useRecordNames(): (recordId: string) => string {
  const { may } = useAccess()
  const { data } = useQuery({ ...recordsQuery, enabled: may('support.staff', Action.CHANGE) })
  return useCallback((recordId: string) => data?.get(recordId) ?? '', [data])
}

/** What was changed of a unit or a person; of everything without an id. */
export function useOrganisationChanges(recordId: string) {
  return useInfiniteQuery({
    queryKey: ['organisation-changes', recordId],
    queryFn: ({ pageParam, signal }) => organisation.listOrganisationChanges({ recordId, page: { size: 50, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** Units have changed: whoever shows them asks again. */
export async function unitsChanged(): Promise<void> {
  await Promise.all([['units'], ['me'], ['staff'], ['organisation-changes'], ['member'], ['members']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
