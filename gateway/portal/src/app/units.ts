import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { UnitKind, type Unit } from '@/rpc/crm/support/v1/support_pb'

import { meQuery, useAccess } from './me'
import { support } from './transport'

/** Names of bureaus, communities and departments, kept for an hour. */
export function useUnits() {
  const { sees } = useAccess()
  const { data: me } = useQuery(meQuery)
  const all = useQuery({
    queryKey: ['units'],
    queryFn: ({ signal }) => support.listUnits({}, { signal }),
    staleTime: 60 * 60_000,
    enabled: sees('support.organisation'),
  })
  const units = all.data?.units ?? me?.units
  return useMemo(() => directory(units ?? []), [units])
}

/** Units by id, with the questions pages ask of them. */
export function directory(units: Unit[]) {
  const byId = new Map(units.map((unit) => [unit.id, unit]))
  return {
    name: (id: string) => byId.get(id)?.name ?? '',
    bureaus: units.filter((unit) => unit.kind === UnitKind.BUREAU),
    communities: (bureauId: string) =>
      units.filter((unit) => unit.kind === UnitKind.COMMUNITY && (!bureauId || unit.parentId === bureauId)),
  }
}
