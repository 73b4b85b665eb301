import { expect, it } from 'vitest'

import { en } from '@/app/i18n/en'
import { translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { dayInWords } from '@/features/calendar/words'

const chinese = { t: translator(zh) }

it('a day of the history is told in words', () => {
  expect(dayInWords('free 防汛停工', chinese)).toBe('休息 · 防汛停工')
  expect(dayInWords('working', chinese)).toBe('上班')
  expect(dayInWords('working make-up', chinese)).toBe('调休上班')
  expect(dayInWords('working until 12:00', { t: translator(en) })).toBe('Working day · until 12:00')
  expect(dayInWords('working 春节 make-up until 12:00', chinese)).toBe('调休上班 · 春节 · 到 12:00')
  expect(dayInWords('what an older release wrote', chinese)).toBe('what an older release wrote')
})
