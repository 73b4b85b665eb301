import { timestampDate } from '@bufbuild/protobuf/wkt'
import { useMemo, useSyncExternalStore } from 'react'

import { useSpeech } from '@/app/i18n'
import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { cx } from '@/shared/cx'
import { dayOf, daysFrom, groupDayText } from '@/shared/dates'
import { countText } from '@/shared/numbers'

import style from './HomePage.module.css'
import { currentNotices, subscribeNotices } from './notices'
import { TaskRow } from './TaskRow'
import { isOverdue } from './words'

/** A heading with the tasks under it. */
interface Group {
  key: string
  tasks: Task[]
}

/** Tasks in the groups of the day: late, today, then day by day. */
export function groupByDay(tasks: Task[], now: Date): Group[] {
  const today = dayOf(now)
  const groups = new Map<string, Task[]>()
  for (const task of tasks) {
    const day = task.dueAt ? dayOf(timestampDate(task.dueAt)) : today
    const key = isOverdue(task, now) ? 'overdue' : daysFrom(today, day) <= 0 ? 'today' : day
    const group = groups.get(key)
    if (group) group.push(task)
    else groups.set(key, [task])
  }
  return [...groups].map(([key, members]) => ({ key, tasks: members }))
}

interface Props {
  rows: Task[]
  /** How many there are of the groups that are counted; the list itself may not be whole yet. */
  counts: { overdue: number; today: number } | undefined
  now: Date
  ended: boolean
  selected: string | undefined
  onSelect: (id: string) => void
  onPoint: (id: string) => void
}

/** The list of the day under its headings. */
export function DayList({ rows, counts, now, ended, selected, onSelect, onPoint }: Props) {
  const { t, language } = useSpeech()
  const { fresh } = useSyncExternalStore(subscribeNotices, currentNotices)
  const groups = useMemo(() => (ended ? [{ key: 'ended', tasks: rows }] : groupByDay(rows, now)), [rows, now, ended])
  const name = (key: string) => {
    if (key === 'overdue' || key === 'today' || key === 'ended') return t(`home.group.${key}`)
    const days = daysFrom(dayOf(now), key)
    return days === 1 ? `${t('home.group.tomorrow')} · ${groupDayText(key, language)}` : groupDayText(key, language)
  }
  return groups.map(({ key, tasks }) =>
    tasks.length === 0 ? null : (
      <section key={key} aria-label={name(key)}>
        <h2 className={cx(style.group, key === 'overdue' && style.late)}>
          {name(key)} <span className="numbers">{countText(Math.max(tasks.length, key === 'overdue' || key === 'today' ? (counts?.[key] ?? 0) : 0), language)}</span>
        </h2>
        <ul className={style.rows}>
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} now={now} timeOnly={key !== 'overdue' && key !== 'ended'} selected={task.id === selected} fresh={fresh.has(task.id)} onSelect={onSelect} onPoint={onPoint} />
          ))}
        </ul>
      </section>
    ),
  )
}
