import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { ChangeSchema, type Change } from '@/rpc/crm/common/v1/change_pb'
import { together } from '@/shared/History'

const change = (id: string, who: string, seconds: number): Change => create(ChangeSchema, { id, actor: { id: who }, changedAt: { seconds: BigInt(seconds) }, recordId: 'r' })

it('changes of one person at one moment stand together', () => {
  const groups = together([change('1', 'm001', 9), change('2', 'm001', 9), change('3', 'z01', 9), change('4', 'm001', 8)])
  expect(groups.map((group) => group.map(({ id }) => id))).toEqual([['1', '2'], ['3'], ['4']])
})
