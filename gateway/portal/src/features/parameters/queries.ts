import { createClient } from '@connectrpc/connect'
import { queryOptions, useInfiniteQuery } from '@tanstack/react-query'

import { queryClient } from '@/app/queryClient'
import { transport } from '@/app/transport'
import { ParameterService, type ParameterValue } from '@/rpc/crm/support/v1/parameters_pb'

/** Parameters and thresholds, and the fields of the branch's own. */
export const parameters = createClient(ParameterService, transport)

/** Groups, in the order they are shown. */
export const groups = ['alerts', 'loyalty', 'propensity', 'response', 'access', 'calendar', 'other'] as const

/** One of the groups. */
export type Group = (typeof groups)[number]

/** The group something is shown in; one nobody knows stands with the others. */
export function groupOf(name: string): Group {
  return groups.find((group) => group === name) ?? 'other'
}

/** What holds at a unit; at the branch without one. */
export function parametersQuery(unitId: string) {
  return queryOptions({ queryKey: ['parameters', unitId] as const, queryFn: ({ signal }) => parameters.listParameters({ unitId }, { signal }) })
}

/** Everything that was ever set for a parameter. */
export function valuesQuery(key: string) {
  return queryOptions({ queryKey: ['parameter-values', key] as const, queryFn: ({ signal }) => parameters.listParameterValues({ key }, { signal }) })
}

/** Which units a value would hold for. */
export function previewQuery(value: Pick<ParameterValue, 'key' | 'unitId' | 'effectiveFrom' | 'valueJson'>) {
  return queryOptions({
    queryKey: ['parameter-preview', value] as const,
    queryFn: ({ signal }) => parameters.previewParameter({ value }, { signal }),
    staleTime: 0,
    gcTime: 30_000,
  })
}

/** Who changed a parameter, when and from where. */
export function useParameterChanges(key: string) {
  return useInfiniteQuery({
    queryKey: ['parameter-changes', key],
    queryFn: ({ pageParam, signal }) => parameters.listParameterChanges({ key, page: { size: 50, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** Fields of the branch's own. */
export const extraFieldsQuery = queryOptions({ queryKey: ['extra-fields'] as const, queryFn: ({ signal }) => parameters.listExtraFields({}, { signal }) })

/** Where a column is used. */
export function columnUsesQuery(form: string, column: string) {
  return queryOptions({ queryKey: ['column-uses', form, column] as const, queryFn: ({ signal }) => parameters.findColumnUses({ form, column }, { signal }), staleTime: 0 })
}

/** Sends a change; done or refused, what is shown is asked for again, so that the next one goes against it. */
export async function changing<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call
  } finally {
    await Promise.all([['parameters'], ['parameter-values'], ['parameter-changes'], ['extra-fields'], ['column-uses']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
  }
}
