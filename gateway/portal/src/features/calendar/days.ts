import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import type { CalendarDay } from '@/rpc/crm/support/v1/support_pb'

/** What a day looks like at a glance. */
export type Look = 'work' | 'weekend' | 'holiday' | 'off' | 'makeUp' | 'extra' | 'short'

/** A day of a month. */
export interface Day {
  day: string
  /** 0 is Monday. */
  weekday: number
  known: CalendarDay | undefined
  look: Look
  /** Set by the branch or the bureau itself. */
  local: boolean
}

/** Units that may have days of their own. */
export const withOwnDays = [UnitKind.BUREAU, UnitKind.COUNTY_COMPANY]

function lookOf(known: CalendarDay | undefined, weekday: number): Look {
  if (!known) return weekday < 5 ? 'work' : 'weekend'
  if (!known.working) return known.holidayZh ? 'holiday' : 'off'
  if (known.endsAt) return 'short'
  if (known.makeUp) return 'makeUp'
  return weekday < 5 ? 'work' : 'extra'
}

/** The days of a month, first to last; a bureau's own day counts as local, and so does one the branch set itself. */
export function daysOf(year: number, month: number, special: ReadonlyMap<string, CalendarDay>): Day[] {
  const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(year, month, index + 1))
    const day = at.toISOString().slice(0, 10)
    const weekday = (at.getUTCDay() + 6) % 7
    const known = special.get(day)
    return { day, weekday, known, look: lookOf(known, weekday), local: Boolean(known?.local ?? false) || Boolean(known?.unitId) }
  })
}

/** True where work is done that day. */
export function works(look: Look): boolean {
  return look === 'work' || look === 'makeUp' || look === 'extra' || look === 'short'
}

/** Every day from one to another, at most a year of them. */
export function between(from: string, to: string): string[] {
  const first = Date.parse(`${from}T00:00:00Z`)
  const count = Math.min(366, Math.round((Date.parse(`${to}T00:00:00Z`) - first) / 86_400_000) + 1)
  return Array.from({ length: Math.max(0, count) }, (_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10))
}

/** What a person says of some days. */
export interface Said {
  from: string
  to: string
  kind: 'off' | 'work' | 'short'
  name_zh?: string
  name_en?: string
  ends_at?: string
}

/** The days to set; a weekend that is worked makes up for a holiday, the first free day of a named one begins it. */
export function daysSaid(said: Said): Pick<CalendarDay, 'date' | 'working' | 'holidayZh' | 'holidayEn' | 'holidayStart' | 'makeUp' | 'endsAt'>[] {
  const working = said.kind !== 'off'
  return between(said.from, said.to).map((date, index) => ({
    date,
    working,
    holidayZh: working ? '' : (said.name_zh ?? '').trim(),
    holidayEn: working ? '' : (said.name_en ?? said.name_zh ?? '').trim(),
    holidayStart: !working && index === 0 && Boolean(said.name_zh?.trim()),
    makeUp: working && [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay()),
    endsAt: said.kind === 'short' ? (said.ends_at ?? '') : '',
  }))
}
