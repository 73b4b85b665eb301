import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { between, daysOf, daysSaid, works } from '@/features/calendar/days'
import { CalendarDaySchema, type CalendarDay } from '@/rpc/crm/support/v1/support_pb'

const special = new Map<string, CalendarDay>(
  [
    { date: '2026-10-01', working: false, holidayZh: '国庆节', holidayStart: true },
    { date: '2026-10-08', working: false },
    { date: '2026-10-10', working: true, makeUp: true },
    { date: '2026-10-17', working: true, local: true },
    { date: '2026-10-30', working: true, endsAt: '15:30', unitId: 'b1' },
  ].map((day) => [day.date, create(CalendarDaySchema, day)]),
)

describe('a month', () => {
  const days = new Map(daysOf(2026, 9, special).map((day) => [day.day.slice(8), day]))
  it.each([
    ['01', 'holiday', false],
    ['02', 'work', false],
    ['03', 'weekend', false],
    ['08', 'off', false],
    ['10', 'makeUp', false],
    ['17', 'extra', true],
    ['30', 'short', true],
  ])('has the %s as %s, set locally: %s', (day, look, local) => {
    expect([days.get(day)?.look, days.get(day)?.local]).toEqual([look, local])
  })

  it('has as many working days as are worked', () => {
    // 22 week days, less two days off, and two weekends worked.
    expect([...days.values()].filter(({ look }) => works(look))).toHaveLength(22)
    expect(days.get('01')?.weekday).toBe(3)
    expect(daysOf(2028, 1, new Map())).toHaveLength(29)
  })
})

describe('what is said of some days', () => {
  it('covers the first and the last', () => {
    expect(between('2026-12-30', '2027-01-02')).toEqual(['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02'])
    expect(between('2026-12-30', '2026-12-29')).toEqual([])
  })

  it('begins a named holiday on its first day only', () => {
    const days = daysSaid({ from: '2026-12-18', to: '2026-12-19', kind: 'off', name_zh: ' 公司成立日 ', name_en: 'Founding day' })
    expect(days.map(({ date, working, holidayZh, holidayStart, makeUp }) => [date, working, holidayZh, holidayStart, makeUp])).toEqual([
      ['2026-12-18', false, '公司成立日', true, false],
      ['2026-12-19', false, '公司成立日', false, false],
    ])
  })

  it('a weekend that is worked makes up, a plain day off has no name, a short day has its end', () => {
    expect(daysSaid({ from: '2026-11-28', to: '2026-11-30', kind: 'work', name_zh: '忘记清除' }).map(({ makeUp, holidayZh }) => [makeUp, holidayZh])).toEqual([[true, ''], [true, ''], [false, '']])
    expect(daysSaid({ from: '2026-11-23', to: '2026-11-23', kind: 'off' })[0]).toMatchObject({ working: false, holidayZh: '', holidayStart: false })
    expect(daysSaid({ from: '2026-11-23', to: '2026-11-23', kind: 'short', ends_at: '15:30' })[0]).toMatchObject({ working: true, endsAt: '15:30' })
    expect(daysSaid({ from: '2026-11-23', to: '2026-11-23', kind: 'work', ends_at: '15:30' })[0]?.endsAt).toBe('')
  })
})
