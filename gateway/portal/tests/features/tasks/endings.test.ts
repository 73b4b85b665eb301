import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { currentEndings, end, GRACE_SECONDS, undo, type Ending } from '@/features/tasks/endings'

const ending: Ending = { id: 't1', version: '3', title: '张建国', bucket: 'today', kind: 'complete', resultCode: 'done', resultJson: '{}', reason: '' }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('can be taken back within its time, and then nothing goes out', async () => {
  const fetched = vi.fn()
  vi.stubGlobal('fetch', fetched)
  end(ending)
  expect([...currentEndings().keys()]).toEqual(['t1'])
  expect(undo('t1')).toBe(true)
  await vi.advanceTimersByTimeAsync(GRACE_SECONDS * 1000 + 1)
  expect(currentEndings().size).toBe(0)
  expect(fetched).not.toHaveBeenCalled()
})

it('goes out once its time is over, and again while the other side is away', async () => {
  const fetched = vi.fn(() => Promise.resolve(new Response('{"code":"unavailable"}', { status: 503, headers: { 'content-type': 'application/json' } })))
  vi.stubGlobal('fetch', fetched)
  end(ending)
  await vi.advanceTimersByTimeAsync(GRACE_SECONDS * 1000 - 1)
  expect(fetched).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2)
  expect(fetched).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(fetched).toHaveBeenCalledTimes(2)
  // Still waiting: what a person has decided is not forgotten.
  expect(currentEndings().size).toBe(1)
  // Nor can it be taken back any more: it may have had its effect.
  expect(undo('t1')).toBe(false)
})
