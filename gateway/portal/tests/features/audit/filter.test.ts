import { expect, it } from 'vitest'

import { auditSearch } from '@/app/search'
import { filterOf } from '@/features/audit/filter'
import { AuditKind } from '@/rpc/crm/support/v1/audit_pb'

it('an address becomes the filter of the service; what it does not know is left out', () => {
  const search = auditSearch({ view: 'counts', by: 'day', person: 'm001', kinds: [AuditKind.RECORD_VIEW, 'x'], from: '2026-11-01', form: 'customer.customer', record: 'r', evil: true })
  expect(search).toEqual({ view: 'counts', by: 'day', person: 'm001', kinds: [AuditKind.RECORD_VIEW], from: '2026-11-01', form: 'customer.customer', record: 'r' })
  expect(filterOf(search)).toEqual({ staffNumber: 'm001', unitId: '', kinds: [AuditKind.RECORD_VIEW], fromDay: '2026-11-01', toDay: '', form: 'customer.customer', recordId: 'r' })
})
