import { useSpeech } from '@/app/i18n'

/** Stands where a rule leaves a column out for the caller. */
export function Closed() {
  const { t } = useSpeech()
  return <span className="faint" title={t('audit.closedHint')}>{t('audit.closed')}</span>
}
