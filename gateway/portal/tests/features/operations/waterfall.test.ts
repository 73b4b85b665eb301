import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'

import { coveredUs, waterfall } from '@/features/operations/waterfall'
import { SpanSchema, type Span } from '@/rpc/crm/telemetry/v1/telemetry_pb'

const span = (spanId: string, parentId: string, beginUs: number, tookUs: number): Span => create(SpanSchema, { spanId, parentId, beginUs: BigInt(beginUs), tookUs: BigInt(tookUs) })

test('steps stand below the one they belong to, in the order of their begins, each with the time that is its own', () => {
  const steps = waterfall([span('d', 'b', 30, 10), span('c', 'a', 60, 20), span('b', 'a', 10, 40), span('a', 'browser', 0, 100), span('e', 'b', 35, 10)])
  expect(steps.map(({ span: { spanId }, depth, ownUs }) => [spanId, depth, ownUs])).toEqual([['a', 0, 40], ['b', 1, 25], ['d', 2, 10], ['e', 2, 10], ['c', 1, 20]])
})

test('what comes long after does not stretch the picture', () => {
  expect(coveredUs(waterfall([span('a', '', 0, 100_000), span('b', 'a', 50_000, 900_000), span('c', 'a', 3_600_000_000, 5)]))).toBe(950_000)
  expect(coveredUs([])).toBe(1)
})
