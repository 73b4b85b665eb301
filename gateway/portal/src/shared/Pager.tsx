import { ArrowLeft, ChevronLeft, ChevronRight } from 'lucide-react'

import { useSpeech } from '@/app/i18n'

import style from './Pager.module.css'

interface PagerProps {
  back: () => void
  backLabel: string
  place?: number | undefined
  count?: number | undefined
  previous?: (() => void) | undefined
  next?: (() => void) | undefined
}

/** Back to the list, and to the one before and after in it. */
export function Pager({ back, backLabel, place, count, previous, next }: PagerProps) {
  const { t } = useSpeech()
  return (
    <nav className={style.pager} aria-label={t('pager.label')}>
      <button type="button" className={style.back} onClick={back}><ArrowLeft aria-hidden="true" />{backLabel}</button>
      {place !== undefined && count !== undefined ? (
        <span className={style.place}>
          <span className="numbers">{t('pager.place', { place, count })}</span>
          <button type="button" className="iconButton" disabled={!previous} onClick={previous} aria-label={t('pager.previous')} title={`${t('pager.previous')} (k)`}><ChevronLeft aria-hidden="true" /></button>
          <button type="button" className="iconButton" disabled={!next} onClick={next} aria-label={t('pager.next')} title={`${t('pager.next')} (j)`}><ChevronRight aria-hidden="true" /></button>
        </span>
      ) : null}
    </nav>
  )
}
