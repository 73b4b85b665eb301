import { BinaryReader } from '@bufbuild/protobuf/wire'
import { Code, ConnectError } from '@connectrpc/connect'

import type { Speech } from './i18n'

/** Header under which an error remembers its trace. */
export const TRACE_HEADER = 'x-trace-id'

/** What a refused call says: the reason code, where it comes from, and its data. */
export interface Refusal {
  code: Code
  reason: string
  data: Record<string, string>
  trace: string
}

/** What a person is told: what happened, why, and what to do. */
export interface Told {
  what: string
  why: string
  next: string
  trace: string
}

interface ErrorInfo {
  reason: string
  metadata: Record<string, string>
}

function mapEntry(bytes: Uint8Array): [string, string] {
  const reader = new BinaryReader(bytes)
  let key = ''
  let value = ''
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) key = reader.string()
    else if (field === 2) value = reader.string()
    else reader.skip(wireType)
  }
  return [key, value]
}

/** Reads google.rpc.ErrorInfo from its bytes: reason = 1, domain = 2, metadata = 3. */
export function readErrorInfo(bytes: Uint8Array): ErrorInfo {
  const reader = new BinaryReader(bytes)
  const info: ErrorInfo = { reason: '', metadata: {} }
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) info.reason = reader.string()
    else if (field === 3) {
      const [key, value] = mapEntry(reader.bytes())
      info.metadata[key] = value
    } else reader.skip(wireType)
  }
  return info
}

/** Understands whatever a call has thrown. */
export function refusalOf(cause: unknown): Refusal {
  const error = ConnectError.from(cause)
  const trace = error.metadata.get(TRACE_HEADER) ?? ''
  for (const detail of error.details) {
    if ('type' in detail && detail.type === 'google.rpc.ErrorInfo' && detail.value instanceof Uint8Array) {
      const { reason, metadata } = readErrorInfo(detail.value)
      return { code: error.code, reason, data: metadata, trace }
    }
  }
  return { code: error.code, reason: '', data: {}, trace }
}

/** True when the other side was slow or away, so that trying again may help. */
export function mayPass(refusal: Refusal): boolean {
  return [Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Unknown].includes(refusal.code)
}

const codeNames: Partial<Record<Code, string>> = {
  [Code.InvalidArgument]: 'INVALID',
  [Code.NotFound]: 'NOT_FOUND',
  [Code.AlreadyExists]: 'EXISTS',
  [Code.PermissionDenied]: 'DENIED',
  [Code.Unauthenticated]: 'SIGNED_OUT',
  [Code.FailedPrecondition]: 'PRECONDITION',
  [Code.Aborted]: 'STALE_VERSION',
  [Code.ResourceExhausted]: 'TOO_MUCH',
  [Code.Unavailable]: 'UNAVAILABLE',
  [Code.DeadlineExceeded]: 'TOO_SLOW',
}

/** Adds what the page calls the field that a refusal names: `staff.field.phone` for the column `phone` of `support.staff`. */
function labelled(data: Refusal['data'], speech: Pick<Speech, 'find'>): Refusal['data'] {
  if (!data['field']) return data
  const form = data['form']?.split('.').at(-1) ?? ''
  return { label: speech.find(`${form}.field.${data['field']}`) ?? speech.find(`field.${form}.${data['field']}`) ?? data['field'], ...data }
}

/**
 * Puts a refusal into words. A text is looked for under the reason code, then under the kind of refusal;
 * `error.<REASON>` holds three sentences split by `|`: what happened, why, what to do.
 */
export function tell(cause: unknown, speech: Pick<Speech, 't' | 'find'>): Told {
  const refusal = refusalOf(cause)
  const kind = codeNames[refusal.code] ?? 'OTHER'
  const data = labelled(refusal.data, speech)
  const text = speech.find(`error.${refusal.reason}`, data) ?? speech.find(`error.${kind}`, data) ?? speech.t('error.OTHER')
  const [what = '', why = '', next = ''] = text.split('|')
  return { what, why, next, trace: refusal.trace }
}
