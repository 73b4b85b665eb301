import { ArrowRightLeft } from 'lucide-react'

import { useSpeech } from '@/app/i18n'

import style from './StaleNote.module.css'

/** The task is no longer the person's; what they had written stays in sight, to be copied. */
export function GoneNote({ draft }: { draft: unknown }) {
  const { t } = useSpeech()
  return (
    <div className={style.note} role="alert">
      <ArrowRightLeft aria-hidden="true" />
      <div>
        <p><b>{t('task.gone')}</b></p>
        <p className="secondary">{t('task.goneHint')}</p>
        {typeof draft === 'string' && draft !== '' ? <p>{t('task.goneDraft', { text: draft })}</p> : null}
      </div>
    </div>
  )
}
