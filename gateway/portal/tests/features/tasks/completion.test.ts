import type { RJSFSchema } from '@rjsf/utils'
import { describe, expect, it } from 'vitest'

import { completionForm } from '../../../dev/forms'
import { demands, pointless, resultOf, trimmed } from '@/features/tasks/completion'
import { TaskKind } from '@/rpc/crm/dispatch/v1/dispatch_pb'

const relocation = JSON.parse(completionForm(TaskKind.RELOCATE, 'en').schemaJson) as RJSFSchema

describe('the completion form', () => {
  it('knows which results demand a field', () => {
    expect([...demands(relocation)]).toEqual([['new_date', ['postponed']], ['reason', ['failed']]])
  })

  it('leaves out what says nothing under the chosen result', () => {
    expect(pointless(relocation, 'done')).toEqual(['new_date', 'reason'])
    expect(pointless(relocation, 'postponed')).toEqual(['reason'])
    expect(Object.keys(trimmed(relocation, 'failed').properties ?? {})).toEqual(['result_code', 'reason', 'note'])
  })

  it('sends only what belongs to the result', () => {
    expect(resultOf(relocation, { result_code: 'done', new_date: '2026-12-01', note: '', reason: undefined })).toEqual({ result_code: 'done' })
    expect(resultOf(relocation, { result_code: 'postponed', new_date: '2026-12-01', note: 'later' })).toEqual({ result_code: 'postponed', new_date: '2026-12-01', note: 'later' })
  })
})
