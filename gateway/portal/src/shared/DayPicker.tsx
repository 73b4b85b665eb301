import { DatePicker } from 'antd'
import dayjs from 'dayjs'

interface DayPickerProps {
  label: string
  /** `YYYY-MM-DD`; empty for none. */
  value: string
  /** First and last day that may be chosen. */
  min?: string | undefined
  max?: string | undefined
  onChange: (day: string | undefined) => void
}

/** A day from the calendar, as in every form. */
export default function DayPicker({ label, value, min, max, onChange }: DayPickerProps) {
  return (
    <DatePicker
      aria-label={label}
      value={value ? dayjs(value) : null}
      {...(min ? { minDate: dayjs(min) } : {})}
      {...(max ? { maxDate: dayjs(max) } : {})}
      style={{ width: '100%' }}
      onChange={(day) => { onChange(day ? day.format('YYYY-MM-DD') : undefined) }}
    />
  )
}
