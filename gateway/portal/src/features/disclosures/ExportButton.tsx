import type { DescMessage } from '@bufbuild/protobuf'
import { Button } from 'antd'
import { Download } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action, type ColumnStates } from '@/rpc/crm/common/v1/access_pb'
import type { ExportJob } from '@/rpc/crm/common/v1/export_pb'

const ExportDialog = lazy(() => import('./ExportDialog'))

/** What a list needs to be taken out. */
export interface ExportProps {
  form: 'customer.customer' | 'dispatch.task'
  record: DescMessage
  /** Columns that are always open, before the others. */
  keys: { path: string; title: string }[]
  /** Rows that match; undefined while unknown. */
  rows: number | undefined
  /** What the caller sees of the columns of a row. */
  states: ColumnStates | undefined
  start: (wish: { requestId: string; columns: string[]; reason: string }) => Promise<{ job?: ExportJob | undefined }>
}

/** Takes what a list shows out as a file; only for who may. */
export function ExportButton(props: ExportProps) {
  const { t } = useSpeech()
  const { may } = useAccess()
  const [asking, setAsking] = useState(false)
  if (!may(props.form, Action.EXPORT)) return null
  return (
    <>
      <Button icon={<Download size={16} aria-hidden="true" />} disabled={props.rows === 0} onClick={() => { setAsking(true) }}>{t('export.title')}</Button>
      <Suspense>{asking ? <ExportDialog {...props} onClose={() => { setAsking(false) }} /> : null}</Suspense>
    </>
  )
}
