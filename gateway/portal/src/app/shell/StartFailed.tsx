import { CloudOff } from 'lucide-react'
import { useEffect } from 'react'

import { Empty } from '@/shared/Notes'

import { useSpeech } from '../i18n'

const AGAIN_MS = 5_000

/** The server does not answer: says so, and tries again by itself. */
export function StartFailed() {
  const { t } = useSpeech()
  useEffect(() => {
    const timer = setInterval(() => {
      fetch('/session').then(
        (answer) => {
          if (answer.status < 500) location.reload()
        },
        () => undefined,
      )
    }, AGAIN_MS)
    return () => {
      clearInterval(timer)
    }
  }, [])
  return <main><Empty icon={<CloudOff aria-hidden="true" />} title={t('start.failed')} hint={t('start.failedHint')} action={<a href={location.href}>{t('action.retry')}</a>} /></main>
}
