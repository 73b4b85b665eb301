import { useSpeech } from '@/app/i18n'
import type { CalendarDay } from '@/rpc/crm/support/v1/support_pb'
import { cx } from '@/shared/cx'

import style from './CalendarPage.module.css'
import { daysOf, works, type Day } from './days'

const looks = { work: '', weekend: 'weekend', holiday: 'holiday', off: 'off', makeUp: 'makeUp', extra: 'makeUp', short: 'short' } as const

/** What a day is, in words. */
function useDayWords() {
  const { t, language } = useSpeech()
  const name = (known: CalendarDay | undefined) => (language === 'zh-CN' ? known?.holidayZh : known?.holidayEn || known?.holidayZh) ?? ''
  const said = ({ known, look, local }: Day) =>
    [name(known), t(`calendar.look.${look}`), known?.endsAt ? t('calendar.until', { time: known.endsAt }) : '', local ? t('calendar.local') : ''].filter(Boolean).join(' · ')
  return { name, said }
}

function Notes({ days }: { days: Day[] }) {
  const { t } = useSpeech()
  const { name } = useDayWords()
  const told = days.filter(({ known, look }, index) => {
    if (look === 'short' || look === 'extra') return true
    if (look === 'holiday') return Boolean(known?.holidayStart) || index === 0 || name(days[index - 1]?.known) !== name(known)
    return look === 'off' && days[index - 1]?.look !== 'off'
  })
  if (told.length === 0) return null
  return (
    <ul className={style.names}>
      {told.map((day) => (
        <li key={day.day}><b className="numbers">{Number(day.day.slice(8))}</b> {day.look === 'short' ? t('calendar.until', { time: day.known?.endsAt ?? '' }) : name(day.known) || t(`calendar.look.${day.look}`)}{day.local ? <i> {t('calendar.local')}</i> : null}</li>
      ))}
    </ul>
  )
}

interface MonthProps {
  year: number
  month: number
  special: ReadonlyMap<string, CalendarDay>
  today: string
  /** Opens a day; without it days are only read. */
  onOpen?: ((day: string) => void) | undefined
}

/** A month at a glance. */
export function Month({ year, month, special, today, onOpen }: MonthProps) {
  const { t, language } = useSpeech()
  const { said } = useDayWords()
  const title = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' }).format(Date.UTC(year, month, 1))
  const weekdays = Array.from({ length: 7 }, (_, index) => new Intl.DateTimeFormat(language, { weekday: 'narrow', timeZone: 'UTC' }).format(Date.UTC(2024, 0, index + 1)))
  const days = daysOf(year, month, special)
  return (
    <section className={`panel ${style.month ?? ''}`} aria-label={title}>
      <header><h2>{title}</h2><span className="secondary numbers">{t('calendar.workingDays', { n: days.filter(({ look }) => works(look)).length })}</span></header>
      <div className={style.days} aria-hidden="true">{weekdays.map((weekday, index) => <span key={index} className={style.weekday}>{weekday}</span>)}</div>
      <ol className={style.days}>
        {days.map((day, index) => {
          const { known, look, local } = day
          const number = Number(day.day.slice(8))
          const inside = (
            <>
              <span aria-hidden="true">{number}</span>
              <small aria-hidden="true">{look === 'short' ? known?.endsAt : look === 'holiday' || look === 'off' ? t('calendar.offShort') : look === 'makeUp' || look === 'extra' ? t('calendar.makeUpShort') : ''}</small>
              {local ? <i className={style.dot} aria-hidden="true" /> : null}
              <span className="hiddenText">{`${String(number)} ${said(day)}`}</span>
            </>
          )
          return (
            <li key={day.day} className={cx(style[looks[look]], day.day === today && style.today)} style={index === 0 ? { gridColumnStart: day.weekday + 1 } : undefined} title={said(day)}>
              {onOpen ? <button type="button" onClick={() => { onOpen(day.day) }}>{inside}</button> : <span className={style.plain}>{inside}</span>}
            </li>
          )
        })}
      </ol>
      <Notes days={days} />
    </section>
  )
}
