import { lazy, Suspense, type ComponentProps } from 'react'

import { setLanguageOfDates } from './dayjs'
import { Skeleton } from './Skeleton'

const Picker = lazy(async () => {
  const [picker] = await Promise.all([import('./DayPicker'), setLanguageOfDates(document.documentElement.lang)])
  return picker
})

/** A day outside of a form, as in a filter; the calendar comes when it is wanted. */
export function DayField(props: ComponentProps<typeof Picker>) {
  return (
    <Suspense fallback={<Skeleton lines={1} />}>
      <Picker {...props} />
    </Suspense>
  )
}
