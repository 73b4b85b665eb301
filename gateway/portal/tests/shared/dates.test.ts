import { describe, expect, it } from 'vitest'

import { agoText, dayOf, dayText, daysFrom, fullText, hourOf, lateness, whenText, yearsSince } from '@/shared/dates'

const at = (text: string) => new Date(`${text}+08:00`)
const now = at('2026-11-22T12:00:00')

describe('the business day', () => {
  it('is the branch’s, not the browser’s', () => {
    expect(dayOf(new Date('2026-11-21T16:00:00Z'))).toBe('2026-11-22')
    expect(dayOf(new Date('2026-11-21T15:59:59Z'))).toBe('2026-11-21')
    expect(hourOf(new Date('2026-11-21T16:00:00Z'))).toBe(0)
  })

  it('is counted over months and years', () => {
    expect(daysFrom('2026-02-28', '2026-03-01')).toBe(1)
    expect(daysFrom('2024-02-28', '2024-03-01')).toBe(2)
    expect(daysFrom('2027-01-01', '2026-12-31')).toBe(-1)
  })
})

describe('when something is', () => {
  it.each([
    ['2026-11-22T14:00:00', '今天 14:00', 'Today 14:00'],
    ['2026-11-22T00:05:00', '今天 00:05', 'Today 00:05'],
    ['2026-11-23T09:30:00', '明天 09:30', 'Tomorrow 09:30'],
    ['2026-11-21T23:59:00', '昨天 23:59', 'Yesterday 23:59'],
    ['2026-11-25T18:00:00', '周三', 'Wed'],
    ['2026-11-28T18:00:00', '周六', 'Sat'],
    ['2026-11-29T18:00:00', '11月29日', '29 Nov'],
    ['2026-11-19T18:00:00', '11月19日', '19 Nov'],
    ['2027-03-05T18:00:00', '2027年3月5日', '5 Mar 2027'],
  ])('%s reads %s', (moment, chinese, english) => {
    expect(whenText(at(moment), now, 'zh-CN')).toBe(chinese)
    expect(whenText(at(moment), now, 'en')).toBe(english)
  })

  it('has a full form with year and weekday', () => {
    expect(fullText(at('2026-11-22T14:00:00'), 'zh-CN')).toContain('2026年11月22日')
    expect(fullText(at('2026-11-22T14:00:00'), 'en')).toContain('2026')
  })

  it('takes a plain day and leaves what is none alone', () => {
    expect(dayText('2026-03-05', now, 'zh-CN')).toBe('3月5日')
    expect(dayText('soon', now, 'zh-CN')).toBe('soon')
  })
})

describe('how long ago', () => {
  it('is null under a minute, then minutes, hours, days', () => {
    expect(agoText(at('2026-11-22T11:59:30'), now, 'zh-CN')).toBeNull()
    expect(agoText(at('2026-11-22T11:58:00'), now, 'zh-CN')).toBe('2分钟前')
    expect(agoText(at('2026-11-22T09:00:00'), now, 'en')).toBe('3 hours ago')
    expect(agoText(at('2026-11-21T20:00:00'), now, 'zh-CN')).toBe('昨天 20:00')
    expect(agoText(at('2026-11-01T20:00:00'), now, 'zh-CN')).toBe('11月1日 20:00')
  })
})

describe('lateness', () => {
  it('counts business days, and hours within the day', () => {
    expect(lateness(at('2026-11-20T23:59:00'), now)).toEqual({ unit: 'days', count: 2 })
    expect(lateness(at('2026-11-21T23:59:00'), now)).toEqual({ unit: 'days', count: 1 })
    expect(lateness(at('2026-11-22T09:30:00'), now)).toEqual({ unit: 'hours', count: 2 })
    expect(lateness(at('2026-11-22T11:59:50'), now)).toEqual({ unit: 'minutes', count: 1 })
  })
})

describe('years with us', () => {
  it('rise on the day itself', () => {
    expect(yearsSince('2018-11-22', now)).toBe(8)
    expect(yearsSince('2018-11-23', now)).toBe(7)
    expect(yearsSince('2027-01-01', now)).toBe(0)
  })
})
