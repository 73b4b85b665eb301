import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { fillable, permits } from '@/app/me'
import { Action, ColumnRight, GrantSchema, RowScope } from '@/rpc/crm/common/v1/access_pb'

const grants = [create(GrantSchema, { role: 'operator', form: 'dispatch.write_back', actions: [Action.SEE] })]

it('permits what a rule names, and nothing without one', () => {
  expect(permits(grants, 'dispatch.write_back', Action.SEE)).toBe(true)
  expect(permits(grants, 'dispatch.write_back', Action.CHANGE)).toBe(false)
  expect(permits(grants, 'dispatch.task', Action.SEE)).toBe(false)
  expect(permits([], 'dispatch.task', Action.SEE)).toBe(false)
})

it('permits nothing by a refusal, and takes back what it forbids everywhere', () => {
  const refusal = (scope: RowScope, columns: { column: string }[] = []) =>
    create(GrantSchema, { form: 'dispatch.write_back', actions: [Action.SEE], refuse: true, scope, columns })
  expect(permits([refusal(RowScope.ALL)], 'dispatch.write_back', Action.SEE)).toBe(false)
  expect(permits([...grants, refusal(RowScope.ALL)], 'dispatch.write_back', Action.SEE)).toBe(false)
  expect(permits([...grants, refusal(RowScope.BUREAU)], 'dispatch.write_back', Action.SEE)).toBe(true)
  expect(permits([...grants, refusal(RowScope.ALL, [{ column: 'target' }])], 'dispatch.write_back', Action.SEE)).toBe(true)
})

const rule = (actions: Action[], columns: Record<string, ColumnRight> = {}, more: { refuse?: boolean; otherColumns?: ColumnRight } = {}) =>
  create(GrantSchema, { form: 'support.staff', actions, columns: Object.entries(columns).map(([column, right]) => ({ column, right })), ...more })

it('lets a new row be filled in as far as a rule that creates, changes or brings in opens the column', () => {
  expect(fillable([rule([Action.CREATE])], 'support.staff', 'positions')).toBe(true)
  expect(fillable([rule([Action.CREATE], { positions: ColumnRight.READ })], 'support.staff', 'positions')).toBe(false)
  expect(fillable([rule([Action.CREATE], {}, { otherColumns: ColumnRight.MASKED })], 'support.staff', 'positions')).toBe(false)
  expect(fillable([rule([Action.CREATE], { positions: ColumnRight.READ }), rule([Action.IMPORT])], 'support.staff', 'positions')).toBe(true)
  expect(fillable([rule([Action.CREATE]), rule([Action.SEE], { positions: ColumnRight.HIDDEN }, { refuse: true })], 'support.staff', 'positions')).toBe(false)
  expect(fillable([rule([Action.SEE])], 'support.staff', 'positions')).toBe(false)
})
