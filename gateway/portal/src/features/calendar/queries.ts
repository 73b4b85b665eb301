import { queryOptions } from '@tanstack/react-query'

import { queryClient } from '@/app/queryClient'
import { support } from '@/app/transport'

/** A year as it holds for the branch or a bureau. */
export function yearQuery(year: number, unitId: string) {
  return queryOptions({ queryKey: ['calendar', year, unitId] as const, queryFn: ({ signal }) => support.getCalendarYear({ year, unitId }, { signal }) })
}

/** Sends a change; done or refused, the year is asked for again, so that the next one goes against it. */
export async function changing<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call
  } finally {
    await Promise.all([queryClient.invalidateQueries({ queryKey: ['calendar'] }), queryClient.invalidateQueries({ queryKey: ['day'] })])
  }
}
