import { Bell, CircleAlert, CircleCheck, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import { useSpeech } from '@/app/i18n'

import style from './Toasts.module.css'
import { currentToasts, dismiss, subscribeToasts, type Toast } from './toasts'

const icons = { good: CircleCheck, bad: CircleAlert, news: Bell }

function One({ toast }: { toast: Toast }) {
  const { t } = useSpeech()
  const Icon = icons[toast.tone]
  return (
    <div className={`${style['toast'] ?? ''} ${style[toast.tone] ?? ''}`} role={toast.tone === 'bad' ? 'alert' : undefined}>
      <Icon aria-hidden="true" />
      <div className={style['words']}>
        <p>{toast.text}</p>
        {toast.detail ? <p className={style['detail']}>{toast.detail}</p> : null}
      </div>
      {toast.action ? (
        <button type="button" className={style['action']} onClick={() => { dismiss(toast.id); toast.action?.run() }}>
          {toast.action.label}
        </button>
      ) : null}
      <button type="button" className="iconButton" aria-label={t('action.close')} onClick={() => { dismiss(toast.id) }}>
        <X aria-hidden="true" />
      </button>
    </div>
  )
}

/** Where short words appear; read out gently. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts)
  const { t } = useSpeech()
  return (
    <section className={style['stack']} aria-live="polite" aria-label={t('shell.messages')}>
      {toasts.map((toast) => (
        <One key={toast.id} toast={toast} />
      ))}
    </section>
  )
}
