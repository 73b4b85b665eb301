import { timestampDate } from '@bufbuild/protobuf/wkt'
import { Clock3 } from 'lucide-react'
import { memo } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import { TaskState, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { cx } from '@/shared/cx'
import { clockText, fullText, whenText } from '@/shared/dates'
import { Tag } from '@/shared/Tag'

import style from './TaskRow.module.css'
import { shortTitle } from './title'
import { isOverdue, kindText, latenessText } from './words'

interface Props {
  task: Task
  selected: boolean
  fresh: boolean
  now: Date
  /** True where the day is said above, so that only the time is left. */
  timeOnly: boolean
  onSelect: (id: string) => void
  onPoint: (id: string) => void
}

/** A task in the list of the day. */
export const TaskRow = memo(function TaskRow({ task, selected, fresh, now, timeOnly, onSelect, onPoint }: Props) {
  const { t, language } = useSpeech()
  const units = useUnits()
  const due = task.dueAt ? timestampDate(task.dueAt) : null
  const late = isOverdue(task, now)
  return (
    <li data-task={task.id}>
      <button type="button" className={cx(style.row, selected && style.selected, fresh && style.fresh)} aria-current={selected ? 'true' : undefined} onClick={() => { onSelect(task.id) }} onPointerEnter={() => { onPoint(task.id) }} onFocus={() => { onPoint(task.id) }}>
        <span className={cx(style.dot, task.state === TaskState.ACCEPTED && style.accepted, late && style.lateDot)} title={t(task.state === TaskState.ACCEPTED ? 'task.state.accepted' : 'task.state.open')}>
          <span className="hiddenText">{t(task.state === TaskState.ACCEPTED ? 'task.state.accepted' : 'task.state.open')}</span>
        </span>
        <span className={style.main}>
          <span className={style.first}>
            <span className={style.kind}>{kindText(task.kind, t)}</span>
            <b className="clip">{task.customerName || task.title}</b>
            {task.priority === 1 ? <Tag tone="outline">{t('task.priority.1')}</Tag> : null}
          </span>
          <span className={cx('clip', style.rest)}>{[shortTitle(task), units.name(task.communityId)].filter(Boolean).join(' · ')}</span>
        </span>
        {late ? (
          <Tag tone="late" icon={<Clock3 aria-hidden="true" />}>{latenessText(task, now, t)}</Tag>
        ) : due ? (
          <time className={style.when} dateTime={due.toISOString()} title={fullText(due, language)}>{timeOnly ? clockText(due, language) : whenText(due, now, language)}</time>
        ) : null}
      </button>
    </li>
  )
})
