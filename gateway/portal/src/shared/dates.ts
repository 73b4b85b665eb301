import type { Language } from '@/app/i18n/language'

/** Business days are the branch's, wherever the browser stands. */
export const ZONE = 'Asia/Shanghai'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const formats = new Map<string, Intl.DateTimeFormat>()

function format(language: Language, options: Intl.DateTimeFormatOptions, timeZone = ZONE): Intl.DateTimeFormat {
  const key = language + timeZone + JSON.stringify(options)
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...options, timeZone, hourCycle: 'h23' })
    formats.set(key, made)
  }
  return made
}

/** The business day of a moment, `YYYY-MM-DD`. */
export function dayOf(at: Date): string {
  return format('en', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at).split('/').reverse().join('-')
}

/** Hour of the business day, 0 to 23. */
export function hourOf(at: Date): number {
  return Number(format('en', { hour: '2-digit' }).format(at))
}

/** Whole days from one `YYYY-MM-DD` to another. */
export function daysFrom(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY)
}

function relativeDay(days: number, language: Language): string {
  const text = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Time of day, such as `14:00`. */
export function clockText(at: Date, language: Language): string {
  return format(language, { hour: '2-digit', minute: '2-digit' }).format(at)
}

function dateText(at: Date, now: Date, language: Language): string {
  const sameYear = dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4)
  const year = sameYear ? {} : ({ year: 'numeric' } as const)
  return format(language, { ...year, month: language === 'en' ? 'short' : 'long', day: 'numeric' }).format(at)
}

/** A moment as people say it: `今天 14:00`, `周三`, `3月5日`, `2025年3月5日`. */
export function whenText(at: Date, now: Date, language: Language): string {
  const days = daysFrom(dayOf(now), dayOf(at))
  if (Math.abs(days) <= 1) return `${relativeDay(days, language)} ${clockText(at, language)}`
  if (days > 1 && days < 7) return format(language, { weekday: 'short' }).format(at)
  return dateText(at, now, language)
}

/** A moment in full, for whoever points at it. */
export function fullText(at: Date, language: Language): string {
  return format(language, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at)
}

/** How long ago: `刚刚` is the caller's word for null. */
export function agoText(at: Date, now: Date, language: Language): string | null {
  const passed = now.getTime() - at.getTime()
  if (passed < MINUTE) return null
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always' })
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute')
  if (passed < 6 * HOUR) return relative.format(-Math.floor(passed / HOUR), 'hour')
  const days = daysFrom(dayOf(now), dayOf(at))
  if (days >= -1) return `${relativeDay(days, language)} ${clockText(at, language)}`
  return `${dateText(at, now, language)} ${clockText(at, language)}`
}

/** A `YYYY-MM-DD` as people write it; the year only when it is another one. */
export function dayText(day: string, now: Date, language: Language): string {
  const at = new Date(`${day}T12:00:00+08:00`)
  return Number.isNaN(at.getTime()) ? day : dateText(at, now, language)
}

/** A `YYYY-MM-DD` with its year. */
export function fullDayText(day: string, language: Language): string {
  const at = new Date(`${day}T12:00:00+08:00`)
  if (Number.isNaN(at.getTime())) return day
  return format(language, { year: 'numeric', month: language === 'en' ? 'short' : 'long', day: 'numeric' }).format(at)
}

/** Month, day and weekday of a moment, as a greeting names it. */
export function todayText(at: Date, language: Language): string {
  return format(language, { month: 'long', day: 'numeric', weekday: 'short' }).format(at)
}

/** Weekday with the date, as a group of tasks is headed. */
export function groupDayText(day: string, language: Language): string {
  const at = new Date(`${day}T12:00:00+08:00`)
  return format(language, { month: language === 'en' ? 'short' : 'long', day: 'numeric', weekday: 'short' }).format(at)
}

/** How late something is: whole days, or hours while it is the same day. */
export function lateness(due: Date, now: Date): { unit: 'days' | 'hours' | 'minutes'; count: number } {
  const days = daysFrom(dayOf(due), dayOf(now))
  if (days > 0) return { unit: 'days', count: days }
  const passed = now.getTime() - due.getTime()
  if (passed >= HOUR) return { unit: 'hours', count: Math.floor(passed / HOUR) }
  return { unit: 'minutes', count: Math.max(1, Math.floor(passed / MINUTE)) }
}

/** Whole years since a `YYYY-MM-DD`. */
export function yearsSince(day: string, now: Date): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const [nowYear = 0, nowMonth = 1, nowDate = 1] = dayOf(now).split('-').map(Number)
  const reached = nowMonth > month || (nowMonth === month && nowDate >= date)
  return Math.max(0, nowYear - year - (reached ? 0 : 1))
}
