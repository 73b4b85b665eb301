import type { Speech } from '@/app/i18n'
import type { directory } from '@/app/units'
import type { ParameterView } from '@/rpc/crm/support/v1/parameters_pb'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'

type Units = Pick<ReturnType<typeof directory>, 'name' | 'one' | 'branch'>

/** True where the value is the looked-at unit's own. */
export function isOwn(view: ParameterView, unitId: string): boolean {
  return view.origin !== 'DEFAULT' && view.fromUnitId === unitId
}

/** Where a value is from, in words. */
export function originText(view: ParameterView, unitId: string, units: Units, { t, find }: Pick<Speech, 't' | 'find'>): string {
  if (view.origin === 'DEFAULT') return t('parameter.origin.DEFAULT')
  if (isOwn(view, unitId)) return t('parameter.origin.own')
  const name = view.fromUnitId ? units.name(view.fromUnitId) : (units.branch?.name ?? '')
  return t('parameter.origin.from', { name: name || (find(`parameter.origin.${view.origin}`) ?? view.origin) })
}

/** The name of the level a unit stands on, as declarations name it. */
export function levelOf(unitId: string, units: Units): 'branch' | 'bureau' | 'community' | undefined {
  const kind = unitId === '' ? UnitKind.BRANCH : units.one(unitId)?.kind
  if (kind === UnitKind.BRANCH) return 'branch'
  if (kind === UnitKind.COMMUNITY) return 'community'
  return kind === UnitKind.BUREAU || kind === UnitKind.COUNTY_COMPANY ? 'bureau' : undefined
}
