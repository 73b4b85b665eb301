import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Select } from 'antd'
import { Eye } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import type { PreviewCell, PreviewRow } from '@/rpc/crm/access/v1/probe_pb'
import { Action, ColumnRight } from '@/rpc/crm/common/v1/access_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Page, Section } from '@/shared/Page'
import { PersonSelect } from '@/shared/PersonSelect'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'

import style from './Access.module.css'
import { AccessTabs } from './AccessTabs'
import { access } from './client'
import { usePolicyDraft } from './draft'
import { useAccessNames } from './queries'
import { shownText } from './shown'
import { rightText } from './words'

const route = getRouteApi('/roles/preview')

function Cell({ form, cell }: { form: string; cell: PreviewCell | undefined }) {
  const speech = useSpeech()
  if (!cell || cell.right === ColumnRight.HIDDEN) return <Tag tone="late">{rightText(ColumnRight.HIDDEN, speech)}</Tag>
  if (cell.shown === '') return <span className="faint">—</span>
  return <>{shownText(form, cell.column, cell.shown, speech)} {cell.right === ColumnRight.MASKED ? <Tag tone="outline">{rightText(ColumnRight.MASKED, speech)}</Tag> : null}</>
}

function Rows({ form, rows }: { form: string; rows: PreviewRow[] }) {
  const { t } = useSpeech()
  const names = useAccessNames()
  const columns = [...new Set(rows.flatMap((row) => row.cells.map((cell) => cell.column)))]
  return (
    // A narrow window scrolls it sideways, by keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={style.scroll} tabIndex={0} role="region" aria-label={t('access.previewRows')}>
      <table className={`${style.table ?? ''} ${style.nowrap ?? ''}`}>
        <thead><tr><th scope="col">{t('access.record')}</th>{columns.map((column) => <th key={column} scope="col">{names.columnTitle(form, column)}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.recordId}>
              <th scope="row">{row.label || row.recordId}</th>
              {columns.map((column) => <td key={column}><Cell form={form} cell={row.cells.find((cell) => cell.column === column)} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Real rows as a chosen person would see them, under the rules in force or the draft. */
export default function PreviewPage() {
  const { t, language } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/roles/preview' })
  const names = useAccessNames()
  const { may } = useAccess()
  const { draft: drafted, keeping } = usePolicyDraft()
  const form = search.form ?? 'customer.customer'
  const draft = (search.draft ?? false) && drafted !== null
  const change = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const preview = useQuery({
    queryKey: ['preview', search.person, form, draft, String(drafted?.version ?? 0n)],
    enabled: Boolean(search.person) && keeping.state === 'kept',
    queryFn: async ({ signal }) => (await access.previewAccess({ staffNumber: search.person ?? '', form, draft }, { signal })).answer ?? null,
    placeholderData: (old) => old,
    staleTime: 0,
  })
  return (
    <Page title={t('access.title')} note={t('access.previewNote')}>
      <AccessTabs />
      <div className={`panel ${style.question ?? ''} ${style.fields ?? ''}`}>
        <div className={style.field}><span>{t('access.person')}</span><PersonSelect label={t('access.person')} value={search.person} onChange={(person) => { change({ person }) }} /></div>
        <div className={style.field}><span>{t('access.formOne')}</span><Select aria-label={t('access.formOne')} showSearch={{ optionFilterProp: 'label' }} value={form} onChange={(value) => { change({ form: value }) }} options={names.forms.filter((one) => one.columns.length > 0).map((one) => ({ value: one.name, label: names.formTitle(one.name) }))} /></div>
        {drafted && may('support.role', Action.CHANGE) ? <div className={style.field}><span>{t('access.whichRules')}</span><Segments label={t('access.whichRules')} value={draft ? 'draft' : 'now'} onChange={(value) => { change({ draft: value === 'draft' ? true : undefined }) }} options={[{ value: 'now', label: t('access.inForce') }, { value: 'draft', label: t('access.draft') }]} /></div> : null}
      </div>
      {preview.error ? <ErrorNote error={preview.error} retry={() => void preview.refetch()} /> : null}
      {search.person && preview.isPending ? <Skeleton lines={6} tall /> : null}
      {!search.person ? <Empty icon={<Eye aria-hidden="true" />} title={t('access.previewEmpty')} hint={t('access.previewEmptyHint')} /> : null}
      {search.person && preview.data ? (
        <Section title={t('access.previewRows')} aside={<span className="secondary numbers">{t('access.previewTotal', { shown: preview.data.rows.length, total: countText(preview.data.total, language) })}</span>}>
          {preview.data.rows.length === 0 ? <p className="secondary">{t('access.previewNone')}</p> : <Rows form={form} rows={preview.data.rows} />}
        </Section>
      ) : null}
    </Page>
  )
}
