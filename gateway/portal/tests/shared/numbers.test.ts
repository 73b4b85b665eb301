import { describe, expect, it } from 'vitest'

import { countText, dialable, phoneText } from '@/shared/numbers'

describe('telephone numbers', () => {
  it.each([
    ['13812345678', '138 1234 5678'],
    ['138****5678', '138 **** 5678'],
    ['02588887777', '025 8888 7777'],
    ['0517-88887777', '0517 8888 7777'],
    ['036****2469', '036 **** 2469'],
    ['kd200011', 'kd200011'],
  ])('%s reads %s', (number, text) => {
    expect(phoneText(number)).toBe(text)
  })

  it('can be dialled only when nothing of them is hidden', () => {
    expect(dialable('13812345678')).toBe(true)
    expect(dialable('0517-88887777')).toBe(true)
    expect(dialable('138****5678')).toBe(false)
    expect(dialable('kd200011')).toBe(false)
    expect(dialable('')).toBe(false)
  })
})

it('counts keep their thousands apart', () => {
  expect(countText(1234567n, 'zh-CN')).toBe('1,234,567')
  expect(countText(0, 'en')).toBe('0')
})
