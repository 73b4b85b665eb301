import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

import { useSpeech } from '@/app/i18n'
import { listen, type TaskNews } from '@/app/live'
import { queryClient } from '@/app/queryClient'
import { tell } from '@/app/refusal'
import { session } from '@/app/session'
import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { say } from '@/shared/toasts'

import { dropDraft } from './drafts'
import { beginEndings } from './endings'
import { noteMissed } from './missed'
import { addNotices } from './notices'
import { taskQuery } from './queries'

const told = new Set<TaskNews['change']>(['created', 'assigned', 'overdue'])
const MOST_NAMED = 3

function mine(task: Task): boolean {
  const me = session().staff_number
  return task.ownerNumber === me || task.seatNumber === me
}

async function tasksOf(news: TaskNews[]): Promise<{ news: TaskNews; task: Task }[]> {
  const found = await Promise.all(
    news.map(async (one) => {
      try {
        const { task } = await queryClient.fetchQuery({ ...taskQuery(one.id), staleTime: 0 })
        return task && mine(task) ? [{ news: one, task }] : []
      } catch {
        // It went again, or is out of reach by now.
        return []
      }
    }),
  )
  return found.flat()
}

/** Listens to what happens to tasks and says what concerns the person; looks after endings on their way. */
export function useTaskNews(): void {
  const speech = useSpeech()
  const navigate = useNavigate()
  const latest = useRef({ speech, navigate })
  useEffect(() => {
    latest.current = { speech, navigate }
  })
  useEffect(() => {
    const open = (id: string) => void latest.current.navigate({ to: '/tasks/$id', params: { id } })
    const stopListening = listen((news) => {
      const concerning = news.filter(({ change }) => told.has(change))
      const { t } = latest.current.speech
      if (news.some(({ change }) => change === 'generated') || concerning.length > MOST_NAMED) {
        say({ tone: 'news', text: t('live.many') })
        return
      }
      void tasksOf(concerning).then((found) => {
        if (found.length === 0) return
        addNotices(found.map(({ news: { id, change, version }, task }) => ({ id: `${id}-${String(version)}`, taskId: id, title: task.title, change, at: new Date() })))
        for (const { news: one, task } of found) {
          say({ tone: 'news', text: t(one.change === 'overdue' ? 'live.overdue' : 'live.new', { title: task.title }), action: { label: t('action.look'), run: () => { open(task.id) } } })
        }
      })
    })
    const stopEndings = beginEndings({
      onDone: (ending) => {
        dropDraft(ending.id)
      },
      onRefused: (ending, cause, refusal) => {
        const { t } = latest.current.speech
        const { what, why, next } = tell(cause, latest.current.speech)
        const by = noteMissed(ending.id, refusal.data['changes'])
        say({ tone: 'bad', text: t('task.notEnded', { title: ending.title, what }), detail: `${by ? t('task.changedBy', { name: by }) : why} ${next}`, action: { label: t('action.look'), run: () => { open(ending.id) } } })
      },
    })
    return () => {
      stopListening()
      stopEndings()
    }
  }, [])
}
