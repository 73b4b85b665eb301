import type { Translate } from '@/app/i18n/text'
import { AuditKind } from '@/rpc/crm/support/v1/audit_pb'

const names = {
  [AuditKind.UNSPECIFIED]: 'other',
  [AuditKind.SIGN_IN]: 'sign_in',
  [AuditKind.SIGN_OUT]: 'sign_out',
  [AuditKind.SIGN_IN_FAILED]: 'failed',
  [AuditKind.RECORD_VIEW]: 'record_view',
  [AuditKind.PAGE_VIEW]: 'page_view',
  [AuditKind.UNMASK]: 'unmask',
  [AuditKind.EXPORT]: 'export',
  [AuditKind.SYSTEM_USE]: 'system_use',
} as const

/** What may be filtered by. */
export const auditKinds = [AuditKind.SIGN_IN, AuditKind.SIGN_OUT, AuditKind.SIGN_IN_FAILED, AuditKind.RECORD_VIEW, AuditKind.PAGE_VIEW, AuditKind.UNMASK, AuditKind.EXPORT, AuditKind.SYSTEM_USE]

/** What was done. */
export function auditKindText(kind: AuditKind, t: Translate): string {
  return t(`audit.kind.${names[kind]}`)
}
