import { Button } from 'antd'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import { tell } from '@/app/refusal'

import style from './Notes.module.css'

/** Why a list is empty, and what to do. */
export function Empty({ icon, title, hint, action }: { icon?: ReactNode; title: string; hint?: string; action?: ReactNode }) {
  return (
    <div className={style['empty']}>
      {icon ? <span className={style['icon']}>{icon}</span> : null}
      <p className={style['title']}>{title}</p>
      {hint ? <p className={style['hint']}>{hint}</p> : null}
      {action}
    </div>
  )
}

/** What went wrong, why, and what to do next. */
export function ErrorNote({ error, retry, compact = false }: { error: unknown; retry?: () => void; compact?: boolean }) {
  const speech = useSpeech()
  const told = tell(error, speech)
  return (
    <div className={`${style['error'] ?? ''} ${compact ? (style['compact'] ?? '') : ''}`} role="alert">
      <CircleAlert aria-hidden="true" />
      <div>
        <p className={style['what']}>{told.what}</p>
        <p>
          {told.why} {told.next}
        </p>
        {told.trace ? <p className={style['trace']}>{speech.t('note.trace', { trace: told.trace })}</p> : null}
        {retry ? (
          <Button size="small" onClick={retry}>
            {speech.t('action.retry')}
          </Button>
        ) : null}
      </div>
    </div>
  )
}
