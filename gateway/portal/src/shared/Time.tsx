import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt'

import { useSpeech } from '@/app/i18n'

import { agoText, fullText, whenText } from './dates'
import { useNow } from './useNow'

/** A moment as people say it, with the full one for whoever points at it. */
export function Time({ at, past = false }: { at: Timestamp | undefined; past?: boolean }) {
  const { language, t } = useSpeech()
  const now = useNow()
  if (!at) return <span className="faint">—</span>
  const date = timestampDate(at)
  const text = past ? (agoText(date, now, language) ?? t('time.justNow')) : whenText(date, now, language)
  return (
    <time dateTime={date.toISOString()} title={fullText(date, language)}>
      {text}
    </time>
  )
}
