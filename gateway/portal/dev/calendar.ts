/** The branch's calendar in memory, with the days a bureau has set itself. */
import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'

import { CalendarDaySchema, CalendarYearDocumentSchema, type CalendarDay, type CalendarYearDocument, type SetCalendarDaysRequest } from '../src/rpc/crm/support/v1/support_pb'
import { refuse } from './calls'

type Years = Map<string, CalendarYearDocument>

const years: Years = new Map()
const holidays: [from: string, days: number, zh: string, en: string][] = [
  ['01-01', 3, '元旦', 'New Year'],
  ['02-15', 9, '春节', 'Spring Festival'],
  ['04-04', 3, '清明节', 'Tomb-Sweeping Day'],
  ['05-01', 5, '劳动节', 'Labour Day'],
  ['06-19', 3, '端午节', 'Dragon Boat Festival'],
  ['09-25', 3, '中秋节', 'Mid-Autumn Festival'],
  ['10-01', 7, '国庆节', 'National Day'],
]
const makeUps = ['01-04', '02-14', '02-28', '05-09', '09-20', '10-10']

function published(year: number): CalendarDay[] {
  const free = holidays.flatMap(([from, count, holidayZh, holidayEn]) =>
    Array.from({ length: year <= 2026 ? count : 1 }, (_, index) => {
      const date = new Date(Date.UTC(year, Number(from.slice(0, 2)) - 1, Number(from.slice(3)) + index)).toISOString().slice(0, 10)
      return create(CalendarDaySchema, { date, working: false, holidayZh, holidayEn, holidayStart: index === 0 })
    }),
  )
  return year <= 2026 ? [...free, ...makeUps.map((day) => create(CalendarDaySchema, { date: `${String(year)}-${day}`, working: true, makeUp: true }))] : free
}

function kept(year: number, unitId: string): CalendarYearDocument {
  const key = `${String(year)}.${unitId}`
  const known = years.get(key)
  if (known) return known
  const made = create(CalendarYearDocumentSchema, { year, version: 1n, published: year <= 2026, days: unitId ? [] : published(year) })
  if (unitId === '' && year === 2026) made.days.push(create(CalendarDaySchema, { date: '2026-12-31', working: true, endsAt: '15:30', local: true }), create(CalendarDaySchema, { date: '2026-12-18', working: false, holidayZh: '公司成立日', holidayEn: 'Founding day', local: true }))
  years.set(key, made)
  return made
}

/** A year as it holds for the branch or a bureau. */
export function calendarYear(year: number, unitId: string): CalendarYearDocument {
  const branch = kept(year, '')
  if (!unitId) return branch
  const own = kept(year, unitId)
  const mine = new Set(own.days.map((day) => day.date))
  return create(CalendarYearDocumentSchema, { ...branch, version: own.version, days: [...branch.days.filter((day) => !mine.has(day.date)), ...own.days].sort((a, b) => a.date.localeCompare(b.date)) })
}

/** Sets days, takes some back, or says that the year is published. */
export function setCalendarDays(request: SetCalendarDaysRequest): CalendarYearDocument {
  const year = kept(request.year, request.unitId)
  if (year.version !== request.version) throw refuse(Code.Aborted, 'STALE_VERSION')
  const gone = new Set([...request.cleared, ...request.days.map((day) => day.date)])
  const back = request.unitId ? [] : published(request.year).filter((day) => request.cleared.includes(day.date))
  year.days = [...year.days.filter((day) => !gone.has(day.date)), ...back, ...request.days.map((day) => create(CalendarDaySchema, { ...day, local: true, unitId: request.unitId }))].sort((a, b) => a.date.localeCompare(b.date))
  year.version += 1n
  if (request.published !== undefined) year.published = request.published
  return calendarYear(request.year, request.unitId)
}
