import type { RJSFSchema } from '@rjsf/utils'
import { describe, expect, it } from 'vitest'

import { validate, validator } from '@/shared/form/validator'

const schema: RJSFSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    result_code: { type: 'string', oneOf: [{ const: 'done', title: 'Done' }, { const: 'postponed', title: 'Postponed' }] },
    new_date: { type: 'string', format: 'date' },
    note: { type: 'string', minLength: 1, maxLength: 5 },
  },
  required: ['result_code'],
  additionalProperties: false,
  allOf: [{ if: { properties: { result_code: { const: 'postponed' } }, required: ['result_code'] }, then: { required: ['new_date'] } }],
}
const found = (data: unknown) => validate(schema, data).map(({ name, property }) => [name, property])

describe('the validator', () => {
  it('names the field that is missing', () => {
    expect(found({})).toEqual([['required', '.result_code']])
    expect(found({ result_code: 'postponed' })).toEqual([['required', '.new_date']])
  })

  it('takes a field that was emptied for one that is not there', () => {
    expect(found({ result_code: 'done', note: undefined })).toEqual([])
    expect(found({ result_code: undefined, note: undefined })).toEqual([['required', '.result_code']])
  })

  it('finds what does not fit, once a field', () => {
    expect(found({ result_code: 'done', note: 'too long' })).toEqual([['maxLength', '.note']])
    expect(found({ result_code: 'postponed', new_date: 'tomorrow' })).toEqual([['format', '.new_date']])
    expect(found({ result_code: 'eaten' }).map(([, property]) => property)).toEqual(['.result_code'])
  })

  it('finds nothing in a good answer', () => {
    expect(found({ result_code: 'postponed', new_date: '2026-12-01' })).toEqual([])
    expect(validator.isValid(schema, { result_code: 'done' }, schema)).toBe(true)
    expect(validator.isValid(schema, {}, schema)).toBe(false)
  })

  it('makes no code from text, which the content security policy forbids', () => {
    const made = globalThis.Function
    globalThis.Function = (() => {
      throw new Error('code from text')
    }) as never
    try {
      expect(found({ result_code: 'done' })).toEqual([])
    } finally {
      globalThis.Function = made
    }
  })
})
