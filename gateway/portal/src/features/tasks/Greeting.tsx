import { queryOptions, useQuery } from '@tanstack/react-query'

import { useSpeech } from '@/app/i18n'
import { session } from '@/app/session'
import { support } from '@/app/transport'
import { dayOf, hourOf, todayText } from '@/shared/dates'
import { Tag } from '@/shared/Tag'
import { useNow } from '@/shared/useNow'

import style from './Greeting.module.css'

/** What a day is to the branch. */
export function dayQuery(date: string) {
  return queryOptions({ queryKey: ['day', date], queryFn: ({ signal }) => support.getDay({ date }, { signal }), staleTime: 60 * 60_000 })
}

function partOfDay(hour: number) {
  if (hour < 5) return 'night' as const
  if (hour < 11) return 'morning' as const
  if (hour < 13) return 'noon' as const
  if (hour < 18) return 'afternoon' as const
  return 'evening' as const
}

/** Good morning, with the day in both calendars. */
export function Greeting() {
  const { t, language } = useSpeech()
  const now = useNow()
  const { data } = useQuery(dayQuery(dayOf(now)))
  const chinese = language === 'zh-CN'
  const day = data?.day
  const holiday = chinese ? day?.holidayZh : day?.holidayEn
  return (
    <header className={style.greeting}>
      <h1>{t(`home.hello.${partOfDay(hourOf(now))}`, { name: session().name })}</h1>
      <p>
        <span>{todayText(now, language)}</span>
        {data ? <span className={style.lunar}>{chinese ? data.lunarZh : data.lunarEn}</span> : null}
        {chinese && data?.solarTermZh ? <Tag>{data.solarTermZh}</Tag> : null}
        {holiday ? <Tag tone="accent">{holiday}</Tag> : null}
        {day?.makeUp ? <Tag tone="outline">{t('calendar.makeUp')}</Tag> : null}
        {day && !day.working && !holiday ? <Tag>{t('calendar.dayOff')}</Tag> : null}
      </p>
    </header>
  )
}
