import { timestampDate } from '@bufbuild/protobuf/wkt'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { queryClient } from '@/app/queryClient'
import { refusalOf, tell } from '@/app/refusal'
import { dispatch } from '@/app/transport'
import { TaskState, type GetTaskResponse, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { dayOf } from '@/shared/dates'
import { say } from '@/shared/toasts'

import { end, GRACE_SECONDS, undo, type Ending } from './endings'
import { taskChanged, taskQuery } from './queries'
import { isOverdue } from './words'

/** In which of the home page's groups a task is counted. */
export function bucketOf(task: Task, now: Date): Ending['bucket'] {
  if (isOverdue(task, now)) return 'overdue'
  if (task.dueAt && dayOf(timestampDate(task.dueAt)) === dayOf(now)) return 'today'
  return 'upcoming'
}

/** What can be done with a task, with the words that go with it. */
export function useTaskActions() {
  const speech = useSpeech()
  return useMemo(() => {
    const { t } = speech
    const ending = (task: Task): Omit<Ending, 'kind' | 'resultCode' | 'resultJson' | 'reason'> => ({
      id: task.id,
      version: task.version.toString(),
      title: task.customerName || task.title,
      bucket: bucketOf(task, new Date()),
    })
    const offerUndo = (text: string, id: string, back: () => void) => {
      say({ tone: 'good', text, seconds: GRACE_SECONDS, action: { label: t('action.undo'), run: () => { if (undo(id)) back() } } })
    }
    return {
      complete: (task: Task, resultCode: string, resultJson: string, back: () => void) => {
        end({ ...ending(task), kind: 'complete', resultCode, resultJson, reason: '' })
        offerUndo(t('task.completed', { title: task.customerName || task.title }), task.id, back)
      },
      cancel: (task: Task, reason: string, back: () => void) => {
        end({ ...ending(task), kind: 'cancel', resultCode: '', resultJson: '', reason })
        offerUndo(t('task.cancelled', { title: task.customerName || task.title }), task.id, back)
      },
      /** Shown as accepted at once, and taken back when the server refuses. */
      accept: async (task: Task) => {
        const key = taskQuery(task.id).queryKey
        const before = queryClient.getQueryData<GetTaskResponse>(key)
        if (before?.task) {
          queryClient.setQueryData(key, { ...before, task: { ...before.task, state: TaskState.ACCEPTED }, allowed: before.allowed.filter((verb) => verb !== 'accept') })
        }
        try {
          const { task: accepted } = await dispatch.acceptTask({ id: task.id, version: task.version })
          if (accepted) await taskChanged(accepted)
        } catch (cause) {
          queryClient.setQueryData(key, before)
          void queryClient.invalidateQueries({ queryKey: key })
          // What changed meanwhile is shown on the task itself.
          if (refusalOf(cause).reason === 'STALE_VERSION') return
          const told = tell(cause, speech)
          say({ tone: 'bad', text: told.what, detail: `${told.why} ${told.next}` })
        }
      },
    }
  }, [speech])
}
