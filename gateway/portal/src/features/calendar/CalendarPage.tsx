import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { support } from '@/app/transport'
import type { CalendarDay } from '@/rpc/crm/support/v1/support_pb'
import { cx } from '@/shared/cx'
import { dayOf } from '@/shared/dates'
import { ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { useNow } from '@/shared/useNow'

import style from './CalendarPage.module.css'

const route = getRouteApi('/settings/calendar')
const months = Array.from({ length: 12 }, (_, index) => index)

function daysOf(year: number, month: number): { day: string; weekday: number }[] {
  const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(year, month, index + 1))
    return { day: at.toISOString().slice(0, 10), weekday: (at.getUTCDay() + 6) % 7 }
  })
}

function Month({ year, month, special, today }: { year: number; month: number; special: Map<string, CalendarDay>; today: string }) {
  const { t, language } = useSpeech()
  const title = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' }).format(Date.UTC(year, month, 1))
  const weekdays = Array.from({ length: 7 }, (_, index) => new Intl.DateTimeFormat(language, { weekday: 'narrow', timeZone: 'UTC' }).format(Date.UTC(2024, 0, index + 1)))
  const name = (day: string) => {
    const known = special.get(day)
    const holiday = language === 'zh-CN' ? known?.holidayZh : known?.holidayEn
    return [holiday, known?.makeUp ? t('calendar.makeUp') : ''].filter(Boolean).join(' · ')
  }
  return (
    <section className={`panel ${style.month ?? ''}`} aria-label={title}>
      <h2>{title}</h2>
      <div className={style.days} aria-hidden="true">{weekdays.map((weekday, index) => <span key={index} className={style.weekday}>{weekday}</span>)}</div>
      <ol className={style.days}>
        {daysOf(year, month).map(({ day, weekday }, index) => {
          const known = special.get(day)
          const working = known ? known.working : weekday < 5
          const note = name(day)
          return (
            <li key={day} className={cx(!working && style.off, known && !known.working && style.holiday, known?.makeUp && style.makeUp, day === today && style.today)} style={index === 0 ? { gridColumnStart: weekday + 1 } : undefined} title={[note, t(working ? 'calendar.works' : 'calendar.dayOff')].filter(Boolean).join(' · ')}>
              {Number(day.slice(8))}
              {known?.makeUp ? <small>{t('calendar.makeUpShort')}</small> : known && !known.working ? <small>{t('calendar.offShort')}</small> : null}
              <span className="hiddenText">{note}</span>
            </li>
          )
        })}
      </ol>
      <p className={style.names}>{[...special.values()].filter((one) => one.date.startsWith(`${String(year)}-${String(month + 1).padStart(2, '0')}`) && one.holidayStart).map((one) => `${String(Number(one.date.slice(8)))} ${language === 'zh-CN' ? one.holidayZh : one.holidayEn}`).join(' · ')}</p>
    </section>
  )
}

/** The branch's year: holidays, and weekends worked to make up for them. */
export default function CalendarPage() {
  const { t } = useSpeech()
  const today = dayOf(useNow())
  const { year = Number(today.slice(0, 4)) } = route.useSearch()
  const navigate = useNavigate({ from: '/settings/calendar' })
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['calendar', year], queryFn: ({ signal }) => support.getCalendarYear({ year }, { signal }) })
  const special = new Map((data?.calendar?.days ?? []).map((day) => [day.date, day]))
  const turn = (by: number) => void navigate({ search: { year: year + by }, replace: true })
  return (
    <Page
      title={t('calendar.title')}
      note={t('calendar.note')}
      actions={
        <>
          {data ? <Tag tone={data.calendar?.published ? 'accent' : 'outline'}>{t(data.calendar?.published ? 'calendar.published' : 'calendar.unpublished')}</Tag> : null}
          <button type="button" className="iconButton" aria-label={t('calendar.previousYear')} onClick={() => { turn(-1) }}><ChevronLeft aria-hidden="true" /></button>
          <b className="numbers">{year}</b>
          <button type="button" className="iconButton" aria-label={t('calendar.nextYear')} onClick={() => { turn(1) }}><ChevronRight aria-hidden="true" /></button>
        </>
      }
    >
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {isPending ? <Skeleton lines={8} tall /> : <div className={style.year}>{months.map((month) => <Month key={month} year={year} month={month} special={special} today={today} />)}</div>}
    </Page>
  )
}
