import { useSpeech } from '@/app/i18n'

import style from './Skeleton.module.css'

/** The shape of what is about to appear. */
export function Skeleton({ lines = 3, tall = false }: { lines?: number; tall?: boolean }) {
  const { t } = useSpeech()
  return (
    <div className={style['skeleton']} role="status" aria-label={t('state.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className={`${style['line'] ?? ''} ${tall ? (style['tall'] ?? '') : ''}`} style={{ width: `${String(92 - ((index * 17) % 45))}%` }} />
      ))}
    </div>
  )
}
