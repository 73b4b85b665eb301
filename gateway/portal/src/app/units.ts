import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { UnitKind, type Unit } from '@/rpc/crm/support/v1/support_pb'

import { meQuery, useAccess } from './me'
import { support } from './transport'

/** Every unit of the branch, kept for an hour. */
export function useAllUnits() {
  const { sees } = useAccess()
  return useQuery({
    queryKey: ['units'],
    queryFn: ({ signal }) => support.listUnits({}, { signal }),
    staleTime: 60 * 60_000,
    enabled: sees('support.organisation'),
  })
}

/** Names of bureaus, communities and departments. */
export function useUnits() {
  const { data: me } = useQuery(meQuery)
  const all = useAllUnits()
  const units = all.data?.units ?? me?.units
  return useMemo(() => directory(units ?? []), [units])
}

/** True for a bureau, and for a county company, which is treated like one. */
export function isBureau(unit: Unit): boolean {
  return unit.kind === UnitKind.BUREAU || unit.kind === UnitKind.COUNTY_COMPANY
}

/** Units by id, with the questions pages ask of them. */
export function directory(units: Unit[]) {
  const byId = new Map(units.map((unit) => [unit.id, unit]))
  return {
    name: (id: string) => byId.get(id)?.name ?? '',
    all: units,
    one: (id: string) => byId.get(id),
    branch: units.find((unit) => unit.kind === UnitKind.BRANCH),
    // A county company stands where a bureau stands.
    bureaus: units.filter(isBureau),
    communities: (bureauId: string) =>
      units.filter((unit) => unit.kind === UnitKind.COMMUNITY && (!bureauId || unit.parentId === bureauId)),
  }
}
