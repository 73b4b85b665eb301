/** What every service of the branch in memory needs to answer a call. */
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'

import { staff } from './people'

/** Which caller, and how the mock should behave, as its cookie says: `as`, `empty`, `slow`, `fail`. */
export function behaviour(cookie: string | null | undefined): URLSearchParams {
  return new URLSearchParams(/(?:^|;\s*)mock=([^;]*)/.exec(cookie ?? '')?.[1] ?? '')
}

/** Who calls. */
export function callerOf(context: HandlerContext) {
  const asked = behaviour(context.requestHeader.get('cookie')).get('as') ?? 'm001'
  const person = staff.find((one) => one.staffNumber === asked)
  if (!person) throw new ConnectError('nobody', Code.Unauthenticated)
  return person
}

/** google.rpc.ErrorInfo in bytes: all lengths here are below 128. */
export function refuse(code: Code, reason: string, data: Record<string, string> = {}): ConnectError {
  const text = new TextEncoder()
  const field = (number: number, bytes: Uint8Array) => [number * 8 + 2, bytes.length, ...bytes]
  const entries = Object.entries(data).flatMap(([key, value]) => field(3, new Uint8Array([...field(1, text.encode(key)), ...field(2, text.encode(value))])))
  const error = new ConnectError(reason, code)
  error.details = [{ type: 'google.rpc.ErrorInfo', value: new Uint8Array([...field(1, text.encode(reason)), ...entries]) }]
  return error
}

/** A page of some rows. */
export function paged<Row>(rows: Row[], page: { size: number; cursor: string; withTotal: boolean } | undefined) {
  const from = Number(page?.cursor || 0)
  const size = page?.size || 50
  return { rows: rows.slice(from, from + size), page: { nextCursor: from + size < rows.length ? String(from + size) : '', ...(page?.withTotal ? { total: BigInt(rows.length) } : {}) } }
}

/** What a call must bring along. */
export function given<Value>(value: Value | undefined, field: string): Value {
  if (value === undefined) throw refuse(Code.InvalidArgument, 'FIELD_MISSING', { field })
  return value
}
