import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'

import { useSpeech } from '@/app/i18n'
import { Pager } from '@/shared/Pager'
import { useShortcuts } from '@/shared/useShortcuts'

import type { CompletionHandle } from './CompletionForm'
import style from './TaskPage.module.css'
import { TaskPane } from './TaskPane'
import { neighbours } from './trail'

const route = getRouteApi('/tasks/$id')

/** One task, whole, with the way to the one before and after. */
export default function TaskPage() {
  const { t } = useSpeech()
  const { id } = route.useParams()
  const navigate = useNavigate()
  const form = useRef<CompletionHandle>(null)
  const near = neighbours(id)
  const go = (to: string | undefined) => (to ? () => void navigate({ to: '/tasks/$id', params: { id: to }, replace: true }) : undefined)
  const back = () => {
    if (near) void navigate({ href: near.from })
    else void navigate({ to: '/' })
  }
  useShortcuts({ j: go(near?.next), k: go(near?.previous), c: () => form.current?.finish(), Escape: back })
  return (
    <div className={style.page}>
      <Pager back={back} backLabel={t('task.backToList')} place={near?.place} count={near?.count} previous={go(near?.previous)} next={go(near?.next)} />
      <div className={`panel ${style.sheet ?? ''}`}>
        <TaskPane
          key={id}
          id={id}
          whole
          form={form}
          onEnded={() => {
            const next = near?.next ?? near?.previous
            if (next) void navigate({ to: '/tasks/$id', params: { id: next }, replace: true })
            else back()
          }}
          onBack={(task) => void navigate({ to: '/tasks/$id', params: { id: task.id }, replace: true })}
        />
      </div>
    </div>
  )
}
