import { useSpeech } from '@/app/i18n'

import { cx } from './cx'
import { countText } from './numbers'
import style from './Tally.module.css'

const parts = ['created', 'updated', 'skipped', 'failed'] as const

/** What became of the rows of a file; the counts add up. */
export function Tally({ job }: { job: Record<'read' | (typeof parts)[number], number | bigint> }) {
  const { t, language } = useSpeech()
  return (
    <p className={style.counts}>
      <span>{t('import.read')} <b>{countText(job.read, language)}</b></span>
      <span aria-hidden="true">=</span>
      {parts.map((name, index) => (
        <span key={name} className={cx(name === 'failed' && Number(job.failed) > 0 && style.failed)}>{index > 0 ? '+ ' : ''}{t(`import.${name}`)} <b>{countText(job[name], language)}</b></span>
      ))}
    </p>
  )
}
