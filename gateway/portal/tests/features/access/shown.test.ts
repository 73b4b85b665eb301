import { expect, it } from 'vitest'

import { findText, translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { shownText } from '@/features/access/shown'

const t = translator(zh)
const words = { t, language: 'zh-CN' as const, find: (key: string, values?: Record<string, string | number>) => findText(t, zh, key, values) }

it.each([
  ['customer.customer', 'kind', '2', '商企'],
  ['customer.customer', 'birthday', 'lunar=True year=1967 month=4 day=14', '农历4月14日（1967年生）'],
  ['customer.customer', 'phone', '138****0000', '138****0000'],
  ['customer.customer', 'kind', 'something new', 'something new'],
  ['dispatch.task', 'source', 'generator', '系统派单'],
  ['dispatch.task', 'title', '生日关怀', '生日关怀'],
])('%s %s %s is said %s', (form, column, shown, said) => {
  expect(shownText(form, column, shown, words)).toBe(said)
})
