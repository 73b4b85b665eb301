import { Button } from 'antd'

import { useSpeech } from '@/app/i18n'
import { History } from '@/shared/History'
import { ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'

import { useOrganisationWords } from './organisationWords'
import { useOrganisationChanges } from './queries'

/** What was changed of a unit or a person, by whom and when. */
export function Changes({ recordId }: { recordId: string }) {
  const { t } = useSpeech()
  const words = useOrganisationWords(recordId)
  const query = useOrganisationChanges(recordId)
  if (query.isPending) return <Skeleton lines={3} />
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} compact />
  return (
    <>
      <History changes={query.data.pages.flatMap((page) => page.changes)} words={words} />
      {query.hasNextPage ? <Button type="link" onClick={() => void query.fetchNextPage()}>{t('list.more')}</Button> : null}
    </>
  )
}
