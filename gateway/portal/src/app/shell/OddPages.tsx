import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'

import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'

import { useSpeech } from '../i18n'

/** There is nothing at this address. */
export function NotFoundPage() {
  const { t } = useSpeech()
  return <Page title={t('page.none')}><Empty icon={<Compass aria-hidden="true" />} title={t('page.noneHint')} action={<Link to="/">{t('page.home')}</Link>} /></Page>
}

/** A page broke, or a piece of it is no longer on the server after an update. */
export function ErrorPage({ error }: { error: unknown }) {
  const { t } = useSpeech()
  return (
    <Page title={t('page.broken')}>
      <ErrorNote error={error} retry={() => { location.reload() }} />
    </Page>
  )
}
