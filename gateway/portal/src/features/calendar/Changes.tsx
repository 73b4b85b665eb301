import { Button } from 'antd'

import { useSpeech } from '@/app/i18n'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import { fullDayText } from '@/shared/dates'
import { History } from '@/shared/History'
import { ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'

import { usePeople } from '../organisation/queries'
import style from './CalendarPage.module.css'
import { useCalendarChanges } from './queries'
import { dayInWords } from './words'

/** Who changed the year, or a bureau's own days of it, when and from where. */
export function Changes({ year, unitId }: { year: number; unitId: string }) {
  const speech = useSpeech()
  const { t, find, language } = speech
  const people = usePeople()
  const query = useCalendarChanges(year, unitId)
  const words = {
    field: (change: Change) => find(`calendar.field.${change.field}`) ?? fullDayText(change.field, language),
    value: (change: Change, stored: string) => {
      if (change.field === 'published') return t(stored === 'True' ? 'calendar.published' : 'calendar.unpublished')
      if (change.field === 'confirmed_by') return people.name(stored) || stored
      return dayInWords(stored, speech)
    },
  }
  return (
    <section className={`panel ${style.history ?? ''}`} aria-label={t('history.title')}>
      <h2>{t('history.title')}</h2>
      {query.isPending ? <Skeleton lines={3} /> : null}
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} compact /> : null}
      {query.data ? <History changes={query.data.pages.flatMap((page) => page.changes)} words={words} /> : null}
      {query.hasNextPage ? <Button type="link" onClick={() => void query.fetchNextPage()}>{t('list.more')}</Button> : null}
    </section>
  )
}
