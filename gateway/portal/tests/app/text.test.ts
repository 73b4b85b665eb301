import { expect, it } from 'vitest'

import { chooseLanguage } from '@/app/i18n/language'
import { fill } from '@/app/i18n/text'

it('puts values into places, and speaks of one and of many', () => {
  expect(fill('{name}: {n} {n|task|tasks}', { name: 'Wang', n: 1 })).toBe('Wang: 1 task')
  expect(fill('{n} {n|task|tasks}', { n: 2 })).toBe('2 tasks')
  expect(fill('{unknown} stays')).toBe('{unknown} stays')
})

it('chooses the language of the first wish that can be met', () => {
  expect(chooseLanguage(null, 'fr', 'en-GB')).toBe('en')
  expect(chooseLanguage('zh-Hans-CN', 'en')).toBe('zh-CN')
  expect(chooseLanguage(undefined)).toBe('zh-CN')
})
