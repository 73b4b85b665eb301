import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'

import { en } from '@/app/i18n/en'
import { findText, translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { mayPass, refusalOf, tell } from '@/app/refusal'

function errorInfo(reason: string, data: Record<string, string>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter().tag(1, 2).string(reason).tag(2, 2).string('crm.dispatch')
  for (const [key, value] of Object.entries(data)) {
    writer.tag(3, 2).fork().tag(1, 2).string(key).tag(2, 2).string(value).join()
  }
  return writer.finish()
}

function refused(code: Code, reason: string, data: Record<string, string> = {}): ConnectError {
  const error = new ConnectError('no', code, { 'x-trace-id': 'abc' })
  error.details = [{ type: 'google.rpc.ErrorInfo', value: errorInfo(reason, data) }]
  return error
}

const speech = (catalogue: typeof en) => {
  const t = translator(catalogue)
  return { t, find: (key: string, values?: Record<string, string | number>) => findText(t, catalogue, key, values) }
}

describe('a refusal', () => {
  it('is read from the bytes of google.rpc.ErrorInfo', () => {
    expect(refusalOf(refused(Code.Aborted, 'STALE_VERSION', { version: '7', by_name: '李四' }))).toEqual({ code: Code.Aborted, reason: 'STALE_VERSION', data: { version: '7', by_name: '李四' }, trace: 'abc' })
  })

  it('says what happened, why, and what to do, in both languages', () => {
    const chinese = tell(refused(Code.PermissionDenied, 'TASK_NOT_YOURS'), speech(zh))
    expect(chinese).toMatchObject({ what: '不能处理这个任务', trace: 'abc' })
    const english = tell(refused(Code.PermissionDenied, 'TASK_NOT_YOURS'), speech(en))
    expect([english.what, english.why, english.next].every((sentence) => sentence.length > 0)).toBe(true)
  })

  it('falls back to the kind of refusal, and then to one sentence for all', () => {
    expect(tell(refused(Code.NotFound, 'NEVER_HEARD_OF'), speech(en)).what).toBe('This record cannot be found')
    expect(tell(new Error('bang'), speech(en)).what).toBe('Something unexpected happened')
  })

  it('may pass when the other side was away', () => {
    expect(mayPass(refusalOf(new ConnectError('', Code.Unavailable)))).toBe(true)
    expect(mayPass(refusalOf(refused(Code.Aborted, 'STALE_VERSION')))).toBe(false)
  })
})
