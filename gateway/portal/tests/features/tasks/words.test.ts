import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from 'vitest'

import { translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { groupByDay } from '@/features/tasks/DayList'
import { shortTitle } from '@/features/tasks/title'
import { isOverdue, latenessText, writeBackText } from '@/features/tasks/words'
import { TaskSchema, TaskState, WriteBackSchema, WriteBackState, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'

const t = translator(zh)
const now = new Date('2026-11-22T12:00:00+08:00')
const task = (due: string, more: Partial<Pick<Task, 'state' | 'writeBack'>> = {}): Task => create(TaskSchema, { id: due, state: TaskState.OPEN, dueAt: timestampFromDate(new Date(`${due}+08:00`)), ...more })

describe('overdue', () => {
  it('holds for what is not done, also when it became so since the answer', () => {
    expect(isOverdue(task('2026-11-22T11:59:00'), now)).toBe(true)
    expect(isOverdue(task('2026-11-22T12:01:00'), now)).toBe(false)
    expect(isOverdue(task('2026-11-20T12:00:00', { state: TaskState.COMPLETED }), now)).toBe(false)
  })

  it('says how late in words', () => {
    expect(latenessText(task('2026-11-20T18:00:00'), now, t)).toBe('逾期2天')
    expect(latenessText(task('2026-11-22T09:00:00'), now, t)).toBe('逾期3小时')
  })
})

it('the day’s list has its groups in order', () => {
  const groups = groupByDay([task('2026-11-20T18:00:00'), task('2026-11-22T18:00:00'), task('2026-11-22T23:00:00'), task('2026-11-24T09:00:00')], now)
  expect(groups.map(({ key, tasks }) => [key, tasks.length])).toEqual([['overdue', 1], ['today', 2], ['2026-11-24', 1]])
})

it('the write-back is said in words', () => {
  const told = (writeBack: WriteBackState, attempts: number) => writeBackText(task('2026-11-20T18:00:00', { writeBack }), [create(WriteBackSchema, { attempts })], t)
  expect(told(WriteBackState.UNSPECIFIED, 0)).toBe('')
  expect(told(WriteBackState.PENDING, 0)).toBe('待回写')
  expect(told(WriteBackState.PENDING, 2)).toBe('回写中 第3次')
  expect(told(WriteBackState.DELIVERED, 1)).toBe('已回写')
  expect(told(WriteBackState.FAILED, 9)).toBe('回写失败')
})

describe('the short title', () => {
  it.each([
    ['生日关怀 · 张建国\uff08农历十月十三\uff09', 'generator', '农历十月十三'],
    ['生日关怀 · 张建国(11月22日)', 'generator', '11月22日'],
    ['宽带降费回访:张建国', 'gnet-crm', '宽带降费回访'],
    ['宽带降费回访', 'gnet-crm', '宽带降费回访'],
  ])('of %s is %s', (title, source, short) => {
    expect(shortTitle({ title, customerName: '张建国', source })).toBe(short)
  })
})
