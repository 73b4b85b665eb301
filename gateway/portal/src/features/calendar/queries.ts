import { queryOptions, useInfiniteQuery } from '@tanstack/react-query'

import { queryClient } from '@/app/queryClient'
import { support } from '@/app/transport'

/** A year as it holds for the branch or a bureau. */
export function yearQuery(year: number, unitId: string) {
  return queryOptions({ queryKey: ['calendar', year, unitId] as const, queryFn: ({ signal }) => support.getCalendarYear({ year, unitId }, { signal }) })
}

/** What was changed in a year, page by page. */
export function useCalendarChanges(year: number, unitId: string) {
  return useInfiniteQuery({
    queryKey: ['calendar', 'changes', year, unitId],
    queryFn: ({ pageParam, signal }) => support.listCalendarChanges({ year, unitId, page: { size: 50, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** Sends a change; done or refused, the year is asked for again, so that the next one goes against it. */
export async function changing<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call
  } finally {
    await Promise.all([queryClient.invalidateQueries({ queryKey: ['calendar'] }), queryClient.invalidateQueries({ queryKey: ['day'] })])
  }
}
