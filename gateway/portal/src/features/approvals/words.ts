import type { Speech } from '@/app/i18n'
import { ApprovalKind, type Approval } from '@/rpc/crm/support/v1/access_pb'
import { countText } from '@/shared/numbers'

import { formTitle } from '../disclosures/columns'
import { summaryOf } from './queries'

/** What is asked for, in a line. */
export function approvalTitle(approval: Approval, { t, language }: Pick<Speech, 't' | 'language'>): string {
  const summary = summaryOf(approval)
  if (approval.kind === ApprovalKind.EXPORT) return t('approval.exportOf', { form: formTitle(summary.form ?? '', language), rows: summary.rows === undefined ? '—' : countText(summary.rows, language) })
  if (approval.kind === ApprovalKind.PARAMETER) return t('approval.parameterChange')
  return summary.note ?? t('approval.policyChange')
}
