import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'

import type { Speech } from '@/app/i18n'
import { en } from '@/app/i18n/en'
import { findText, translator } from '@/app/i18n/text'
import { letterText, outcomeOf, reasonText } from '@/features/operations/letters'
import { DeadLetterKind, DeadLetterOutcome, DeadLetterResultSchema, DeadLetterSchema } from '@/rpc/crm/operations/v1/dead_letters_pb'

const t = translator(en)
const english: Speech = { language: 'en', t, find: (key, values) => findText(t, en, key, values), changeLanguage: () => Promise.resolve() }
const result = (outcome: DeadLetterOutcome, reason = '') => create(DeadLetterResultSchema, { id: String(outcome), outcome, reason })

test('what became of letters is counted, and the first that failed says why', () => {
  const { DONE, ALREADY, NOT_FOUND, FAILED, REFUSED } = DeadLetterOutcome
  const refused = result(REFUSED, 'CONSUMER_GONE')
  expect(outcomeOf([result(DONE), result(DONE), result(ALREADY), result(NOT_FOUND), refused, result(FAILED, 'KeyError')])).toEqual({ done: 2, already: 2, failed: 2, first: refused })
  expect(outcomeOf([result(DONE)])).toEqual({ done: 1, already: 0, failed: 0 })
})

test('a letter is told by what it is, never by what stands in it', () => {
  const event = create(DeadLetterSchema, { kind: DeadLetterKind.EVENT, subject: 'crm.customer.customer.changed.v1', reason: 'KeyError', detail: "KeyError('x')" })
  expect([letterText(event, english), reasonText(event, english)]).toEqual(['Event crm.customer.customer.changed.v1', 'Handling it failed (KeyError)'])
  const back = create(DeadLetterSchema, { kind: DeadLetterKind.WRITE_BACK, subject: 'completed', target: 'other', sourceId: 'G-1', reason: 'HTTP_503' })
  expect(letterText(back, english)).toContain('order G-1')
  expect(reasonText(back, english)).toBe('The other system is out of service (HTTP 503)')
  expect(reasonText({ reason: 'HTTP_422' }, english)).toBe('The other system refused (HTTP 422)')
  expect(reasonText({ reason: '' }, english)).toBe('—')
})
