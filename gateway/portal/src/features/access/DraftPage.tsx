import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Input } from 'antd'
import { FileCheck2 } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { PolicyState } from '@/rpc/crm/support/v1/access_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page, Section } from '@/shared/Page'
import { Pager } from '@/shared/Pager'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'

import style from './Access.module.css'
import { access } from './client'
import { Differences } from './Differences'
import { editNote, keepNow, takeServers, usePolicyDraft } from './draft'
import { DiscardButton } from './DraftBar'
import { differencesQuery, draftQuery } from './queries'

/** What the draft changes, rule by rule, and handing it in. */
export default function DraftPage() {
  const { t } = useSpeech()
  const navigate = useNavigate()
  const client = useQueryClient()
  const { draft, note, keeping, begun, pending } = usePolicyDraft()
  const differences = useQuery({ ...differencesQuery('', 'draft', draft?.version), enabled: draft !== null, placeholderData: (old) => old })
  const submit = useMutation({
    mutationFn: async () => {
      await keepNow()
      const kept = client.getQueryData(draftQuery.queryKey)
      return access.submitPolicy({ version: kept?.version ?? 0n })
    },
    onSuccess: async ({ policy }) => {
      const published = policy?.state === PolicyState.PUBLISHED
      await Promise.all([takeServers(), client.invalidateQueries({ queryKey: ['approvals'] }), client.invalidateQueries({ queryKey: ['policy-versions'] }), client.invalidateQueries({ queryKey: ['me'] })])
      say({ tone: 'good', text: t(published ? 'access.published' : 'access.handedIn'), detail: t(published ? 'access.publishedHint' : 'access.handedInHint') })
      void navigate({ to: published ? '/roles/versions' : '/approvals' })
    },
  })
  const back = () => void navigate({ to: '/roles' })
  const count = differences.data?.length ?? 0
  return (
    <Page title={t('access.draftTitle')} note={t('access.draftNote')} above={<Pager back={back} backLabel={t('access.title')} />}>
      {pending ? <Skeleton lines={6} tall /> : null}
      {!pending && !begun ? <Empty icon={<FileCheck2 aria-hidden="true" />} title={t('access.noDraft')} hint={t('access.noDraftHint')} action={<Button onClick={back}>{t('access.title')}</Button>} /> : null}
      {begun ? (
        <>
          <Section title={t('access.whatChanges')}>
            {differences.error ? <ErrorNote error={differences.error} retry={() => void differences.refetch()} compact /> : null}
            {differences.isPending ? <Skeleton lines={5} /> : null}
            {differences.data ? <Differences differences={differences.data} /> : null}
          </Section>
          <Section title={t('access.handIn')}>
            <div className={style.field}>
              <label htmlFor="draft-note" className={style.legend}>{t('access.why')}</label>
              <Input.TextArea id="draft-note" rows={2} maxLength={500} placeholder={t('access.whyHint')} value={note} onChange={(event) => { editNote(event.target.value) }} />
            </div>
            {keeping.error ? <ErrorNote error={keeping.error} compact /> : null}
            {submit.error ? <ErrorNote error={submit.error} compact /> : null}
            <div className={style.hold}>
              <p className="secondary">{t('access.handInHint')}</p>
              <div className={style.holdActions}>
                <DiscardButton onDone={back} />
                <Button type="primary" disabled={note.trim() === '' || count === 0} loading={submit.isPending} onClick={() => { submit.mutate() }}>{t('access.handIn')}</Button>
              </div>
            </div>
          </Section>
        </>
      ) : null}
    </Page>
  )
}
