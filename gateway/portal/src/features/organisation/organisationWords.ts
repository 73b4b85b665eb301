import { useMemo } from 'react'

import { useSpeech, type Speech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import { fullDayText } from '@/shared/dates'

import { usePeople, useRecordNames } from './queries'

const kindNames: Record<UnitKind, 'none' | 'branch' | 'bureau' | 'community' | 'department' | 'county_company'> = {
  [UnitKind.UNSPECIFIED]: 'none',
  [UnitKind.BRANCH]: 'branch',
  [UnitKind.BUREAU]: 'bureau',
  [UnitKind.COMMUNITY]: 'community',
  [UnitKind.DEPARTMENT]: 'department',
  [UnitKind.COUNTY_COMPANY]: 'county_company',
}

/** What a unit is, in words. */
export function unitKindText(kind: UnitKind, t: Speech['t']): string {
  return t(`unit.kind.${kindNames[kind]}`)
}

/** Values of several, as the history stores them. */
function parts(stored: string): string[] {
  try {
    const parsed: unknown = JSON.parse(stored)
    if (Array.isArray(parsed)) return parsed.map(String)
  } catch {
    // Not a list; words apart.
  }
  return stored.split(/[,;]\s*/).filter(Boolean)
}

const ofUnits = new Set(['unit_id', 'parent_id', 'also_unit_ids', 'merged_into', 'bureau_id', 'community_id'])
const ofDays = new Set(['valid_from', 'valid_to'])

const ofPeople = new Set(['successor', 'stand_in_number', 'seat_number', 'manager_number'])
/** Changes that say everything by having happened. */
const deeds = new Set(['password', 'export', 'cancelled'])

/** What was done to a pair, a stand-in or a person, where there is a better word than the fields. */
export function deedOf(changes: Change[], { t }: Pick<Speech, 't'>): string | undefined {
  const form = changes[0]?.form
  const whole = changes.find((change) => change.field === '*')
  const has = (field: string) => changes.some((change) => change.field === field)
  if (form === 'support.pair') return whole ? t('organisation.deed.paired', { who: whole.newValue }) : t('organisation.deed.pairChanged')
  if (form === 'support.stand_in') return whole ? t('organisation.deed.standIn', { who: whole.newValue }) : t(has('cancelled') ? 'organisation.deed.standInTaken' : 'organisation.deed.standInChanged')
  if (form === 'support.staff' && whole) return t('organisation.deed.joined')
  if (has('password')) return t('organisation.deed.password')
  return has('export') ? t('organisation.deed.exported') : undefined
}

/** How the history of units and people names its fields and values; `own` is the record whose page it stands on. */
export function useOrganisationWords(own: string) {
  const { t, find, language } = useSpeech()
  const units = useUnits()
  const people = usePeople()
  const records = useRecordNames()
  return useMemo(
    () => ({
      field: (change: Change) => find(`${change.form === 'support.organisation' ? 'unit' : 'staff'}.field.${change.field}`) ?? find(`staff.field.${change.field}`) ?? change.field,
      value: (change: Change, stored: string) => {
        if (ofUnits.has(change.field)) return parts(stored).map((id) => units.name(id) || id).join(t('list.comma'))
        if (change.field === 'positions') return parts(stored).map((position) => find(`role.${position}`) ?? position).join(t('list.comma'))
        if (ofDays.has(change.field)) return fullDayText(stored, language)
        if (ofPeople.has(change.field)) return people.name(stored) || stored
        if (change.field === 'kind') return find(`unit.kind.${stored}`) ?? stored
        return find(`staff.state.${stored.toLowerCase()}`) ?? stored
      },
      shown: (change: Change) => !deeds.has(change.field),
      deed: (changes: Change[]) => {
        const [first] = changes
        const whole = changes.find((change) => change.field === '*')
        const name = units.name(first?.recordId ?? '') || records(first?.recordId ?? '')
        const other = first?.recordId === own ? '' : name
        const deed = deedOf(changes, { t })
        if (deed) return [deed, other].filter(Boolean).join(' · ')
        if (whole) return t(whole.newValue || !whole.oldValue ? 'history.added' : 'history.removed', { name: name || whole.newValue })
        return other || undefined
      },
    }),
    [t, find, language, units, people, records, own],
  )
}
