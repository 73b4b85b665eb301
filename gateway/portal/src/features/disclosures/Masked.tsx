import { Eye, EyeOff } from 'lucide-react'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import type { ColumnStates } from '@/rpc/crm/common/v1/access_pb'

import { columnTitle } from './columns'
import style from './Masked.module.css'
import { conceal, useRevealed, type Revealed } from './revealed'

const UnmaskDialog = lazy(() => import('./UnmaskDialog'))

/** The record a value belongs to. */
export interface MaskedOf {
  form: 'customer.customer' | 'customer.appointment' | 'dispatch.task'
  id: string
  states: ColumnStates | undefined
}

interface MaskedProps {
  of: MaskedOf
  column: string
  /** Id of the record below it, such as one subscriber. */
  itemId?: string
  value: string
  children?: (value: string) => ReactNode
}

function Countdown({ revealed, onHide }: { revealed: Revealed; onHide: () => void }) {
  const { t } = useSpeech()
  const [left, setLeft] = useState(60)
  useEffect(() => {
    const tick = () => {
      setLeft(Math.max(0, Math.ceil((revealed.until - Date.now()) / 1000)))
    }
    tick()
    const timer = setInterval(tick, 1000)
    return () => {
      clearInterval(timer)
    }
  }, [revealed])
  return (
    <>
      <span className={style.left} aria-hidden="true">{t('unmask.left', { n: left })}</span>
      <button type="button" className={style.eye} aria-label={t('unmask.hide')} title={t('unmask.hide')} onClick={onHide}><EyeOff aria-hidden="true" /></button>
    </>
  )
}

/** A value that may be masked: whoever may ask for it in full has a button beside it. */
export function Masked({ of, column, itemId = '', value, children }: MaskedProps) {
  const { t, language } = useSpeech()
  const [asking, setAsking] = useState(false)
  const key = [of.form, of.id, column, itemId].join('/')
  const revealed = useRevealed(key)
  const draw = children ?? ((shown: string) => shown)
  const title = columnTitle(of.form, column, language)
  if (revealed) return <span className={style.value} role="status">{draw(revealed.value)}<Countdown revealed={revealed} onHide={() => { conceal(key) }} /></span>
  if (value === '' || !of.states?.unmaskable.includes(column)) return <>{draw(value)}</>
  return (
    <span className={style.value}>
      {draw(value)}
      <button type="button" className={style.eye} aria-label={t('unmask.show', { column: title })} title={t('unmask.show', { column: title })} onClick={() => { setAsking(true) }}><Eye aria-hidden="true" /></button>
      <Suspense>{asking ? <UnmaskDialog of={of} column={column} itemId={itemId} title={title} masked={value} onClose={() => { setAsking(false) }} name={key} /> : null}</Suspense>
    </span>
  )
}
