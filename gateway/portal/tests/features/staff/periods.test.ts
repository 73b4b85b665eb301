import { expect, it } from 'vitest'

import { staffSchema, written } from '@/features/staff/forms'
import { periodState } from '@/features/staff/periods'
import { validate } from '@/shared/form/validator'
import { translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'

it('a stand-in counts from the first day to the last, unless taken back', () => {
  const state = (validFrom: string, validTo: string, cancelled = false) => periodState({ validFrom, validTo, cancelled }, '2026-11-22')
  expect(state('2026-11-22', '2026-11-22')).toBe('now')
  expect(state('2026-11-23', '2026-11-30')).toBe('coming')
  expect(state('2026-11-01', '2026-11-21')).toBe('over')
  expect(state('2026-11-01', '2026-11-30', true)).toBe('taken')
})

it('taking somebody on needs a number, a name, a unit and a position', () => {
  const schema = staffSchema({ t: translator(zh) }, ['staff_number', 'name', 'phone', 'unit_id', 'positions'], ['staff_number', 'name', 'unit_id', 'positions'])
  const wrong = (data: object) => validate(schema, data).map((error) => error.property)
  expect(wrong({})).toEqual(['.staff_number', '.name', '.unit_id', '.positions'])
  expect(wrong({ staff_number: 'm 1', name: '王敏', unit_id: 'u', positions: [] })).toEqual(['.staff_number', '.positions'])
  expect(wrong({ staff_number: 'm201', name: '王敏', phone: '138 0000 1111', unit_id: 'u', positions: ['customer_manager'] })).toEqual([])
  expect(written({ name: ' 王敏 ' }, 'name')).toBe('王敏')
  expect(written({}, 'name')).toBe('')
})
