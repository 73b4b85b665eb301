import { Select } from 'antd'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { Unit, UnitKind } from '@/rpc/crm/support/v1/support_pb'

import { dayOf } from './dates'
import { useNow } from './useNow'

/** Units of the branch as options, each with the one above it. */
function useUnitOptions(chosen: string[], kinds?: UnitKind[], without: string[] = []) {
  const units = useUnits()
  const today = dayOf(useNow())
  const open = (unit: Unit) => unit.validTo === '' || unit.validTo >= today
  const wanted = units.all.filter((unit) => chosen.includes(unit.id) || (open(unit) && !without.includes(unit.id) && (!kinds || kinds.includes(unit.kind))))
  return wanted.map((unit) => ({ value: unit.id, label: [unit.name, units.name(unit.parentId)].filter(Boolean).join(' · ') }))
}

interface Shared {
  id?: string
  label: string
  className?: string | undefined
  disabled?: boolean
  /** What stands there while nothing is chosen. */
  placeholder?: string
  /** Only units of these kinds. */
  kinds?: UnitKind[]
  /** Ids of units that cannot be chosen. */
  without?: string[]
}

/** One unit. */
export function UnitSelect({ label, value, onChange, kinds, without, placeholder, ...rest }: Shared & { value: string | undefined; onChange: (id: string | undefined) => void }) {
  const { t } = useSpeech()
  const options = useUnitOptions(value ? [value] : [], kinds, without)
  return <Select {...rest} aria-label={label} placeholder={placeholder ?? t('unit.hint')} allowClear showSearch={{ optionFilterProp: 'label' }} value={value} onChange={onChange} options={options} />
}

/** Several units. */
export function UnitsSelect({ label, value, onChange, kinds, without, placeholder, ...rest }: Shared & { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useSpeech()
  const options = useUnitOptions(value, kinds, without)
  return <Select {...rest} mode="multiple" maxTagCount="responsive" aria-label={label} placeholder={placeholder ?? t('unit.hint')} showSearch={{ optionFilterProp: 'label' }} value={value} onChange={onChange} options={options} />
}
