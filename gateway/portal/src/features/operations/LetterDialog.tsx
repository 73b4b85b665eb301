import { Button, Input } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { Dialog } from '@/shared/Dialog'

import style from './Letters.module.css'

/** What is done with letters. */
export type Deed = 'replay' | 'discard'

const reasons = ['byHand', 'outdated', 'test'] as const

/** Asks before letters are tried again, and why they are put away. */
export function LetterDialog({ deed, count, busy, onClose, onDo }: { deed: Deed; count: number; busy: boolean; onClose: () => void; onDo: (reason: string) => void }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('')
  const away = deed === 'discard'
  return (
    <Dialog
      title={t(away ? 'operations.letters.discardTitle' : 'operations.letters.replayTitle', { n: count })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('action.back')}</Button>
          <Button type="primary" danger={away} loading={busy} disabled={away && reason.trim() === ''} onClick={() => { onDo(reason.trim()) }}>{t(away ? 'operations.letters.discardDo' : 'operations.letters.replayDo')}</Button>
        </>
      }
    >
      <p>{t(away ? 'operations.letters.discardHint' : 'operations.letters.replayHint')}</p>
      {away ? (
        <>
          <div className={style.reasons}>
            {reasons.map((name) => <Button key={name} size="small" shape="round" onClick={() => { setReason(t(`operations.letters.why.${name}`)) }}>{t(`operations.letters.why.${name}`)}</Button>)}
          </div>
          <label htmlFor="letter-reason">{t('operations.letters.reason')}</label>
          <Input.TextArea id="letter-reason" value={reason} maxLength={200} showCount rows={3} onChange={(event) => { setReason(event.target.value) }} />
        </>
      ) : null}
    </Dialog>
  )
}
