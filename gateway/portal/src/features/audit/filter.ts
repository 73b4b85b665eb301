import type { MessageInitShape } from '@bufbuild/protobuf'

import type { AuditFilterSchema } from '@/rpc/crm/support/v1/audit_pb'

/** What the address of the page narrows the entries to. */
export interface AuditSearch {
  person?: string
  unit?: string
  kinds?: number[]
  from?: string
  to?: string
  form?: string
  record?: string
}

/** The filter as the service takes it. */
export type Filter = MessageInitShape<typeof AuditFilterSchema>

/** The filter that an address means. */
export function filterOf(search: AuditSearch): Filter {
  return { staffNumber: search.person ?? '', unitId: search.unit ?? '', kinds: search.kinds ?? [], fromDay: search.from ?? '', toDay: search.to ?? '', form: search.form ?? '', recordId: search.record ?? '' }
}
