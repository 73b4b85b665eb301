import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'

/** What a title says beyond kind and customer, which stand beside it: `生日关怀 · 张建国(11月22日)` leaves `11月22日`. */
export function shortTitle(task: Pick<Task, 'title' | 'customerName' | 'source'>): string {
  if (!task.customerName) return ''
  const at = task.title.indexOf(task.customerName)
  if (at < 0) return task.title
  const after = task.title.slice(at + task.customerName.length)
  const inside = /^\s*[(\uff08](.*)[)\uff09]\s*$/.exec(after)?.[1]
  if (task.source === 'generator') return inside ?? after.trim()
  const before = task.title.slice(0, at).replace(/[\s·:\uff1a,\uff0c-]+$/, '')
  return [before, inside ?? after.replace(/^[\s·:\uff1a,\uff0c-]+/, '')].filter(Boolean).join(' · ')
}
