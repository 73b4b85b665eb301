import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useDeferredValue, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { support } from '@/app/transport'
import { useUnits } from '@/app/units'

interface PersonSelectProps {
  id?: string
  label: string
  value: string | undefined
  onChange: (staffNumber: string | undefined) => void
  className?: string | undefined
  allowClear?: boolean
  /** Staff number of somebody who cannot be chosen. */
  without?: string
  /** Only people who hold one of these. */
  positions?: string[]
}

/** A member of staff, found by name, pinyin or number. */
export function PersonSelect({ id, label, value, onChange, className, allowClear = false, without, positions }: PersonSelectProps) {
  const { t } = useSpeech()
  const units = useUnits()
  const [query, setQuery] = useState('')
  const wanted = useDeferredValue(query)
  const staff = useQuery({
    queryKey: ['staff', wanted || value || '', '', positions?.length === 1 ? positions[0] : ''],
    queryFn: ({ signal }) => support.listStaff({ query: wanted || value || '', role: positions?.length === 1 ? (positions[0] ?? '') : '', page: { size: 50 } }, { signal }),
    placeholderData: (old) => old,
    staleTime: 60_000,
  })
  const people = (staff.data?.staff ?? []).filter((person) => person.staffNumber === value || (person.active && person.staffNumber !== without && (!positions || person.roles.some((role) => positions.includes(role)))))
  const options = people.map((person) => ({
    value: person.staffNumber,
    label: [person.name, person.staffNumber, units.name(person.unitId)].filter(Boolean).join(' · '),
  }))
  return (
    <Select
      {...(id ? { id } : {})}
      className={className}
      aria-label={label}
      placeholder={t('person.hint')}
      allowClear={allowClear}
      showSearch={{ filterOption: false, onSearch: setQuery }}
      value={value}
      onChange={(chosen?: string) => { setQuery(''); onChange(chosen) }}
      loading={staff.isFetching}
      notFoundContent={staff.isFetching ? t('state.loading') : t('person.none')}
      options={options}
    />
  )
}
