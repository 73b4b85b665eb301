import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { permits } from '@/app/me'
import { Action, GrantSchema } from '@/rpc/crm/common/v1/access_pb'

const grants = [create(GrantSchema, { role: 'operator', form: 'dispatch.write_back', actions: [Action.SEE] })]

it('permits what a rule names, and nothing without one', () => {
  expect(permits(grants, 'dispatch.write_back', Action.SEE)).toBe(true)
  expect(permits(grants, 'dispatch.write_back', Action.CHANGE)).toBe(false)
  expect(permits(grants, 'dispatch.task', Action.SEE)).toBe(false)
  expect(permits([], 'dispatch.task', Action.SEE)).toBe(false)
})
