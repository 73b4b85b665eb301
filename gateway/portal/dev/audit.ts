/** The audit of the branch in memory. */
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter } from '@connectrpc/connect'

import { AuditEntrySchema, AuditKind, AuditService, type AuditEntry, type AuditFilter } from '../src/rpc/crm/support/v1/audit_pb'
import { archive } from './archive'
import { callerOf, paged } from './calls'
import { chance, chooser } from './chance'
import { staff } from './people'

const next = chance(21)
const pick = chooser(22)
const kinds = [AuditKind.SIGN_IN, AuditKind.RECORD_VIEW, AuditKind.RECORD_VIEW, AuditKind.RECORD_VIEW, AuditKind.PAGE_VIEW, AuditKind.PAGE_VIEW, AuditKind.SIGN_OUT, AuditKind.SIGN_IN_FAILED, AuditKind.UNMASK, AuditKind.EXPORT, AuditKind.SYSTEM_USE]
const details: Partial<Record<AuditKind, string>> = { [AuditKind.SIGN_OUT]: 'idle', [AuditKind.SIGN_IN_FAILED]: 'invalid_user_credentials', [AuditKind.PAGE_VIEW]: '/customers', [AuditKind.SYSTEM_USE]: 'billing OPENED' }
const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' })

const entries: AuditEntry[] = Array.from({ length: 3000 }, (_, index) => {
  const person = pick(staff.slice(0, 30))
  const kind = pick(kinds)
  const at = new Date(Date.now() - index * 600_000 - next() * 300_000)
  const record = kind === AuditKind.RECORD_VIEW || kind === AuditKind.UNMASK ? pick(archive).id : ''
  return create(AuditEntrySchema, { day: day.format(at), sequence: BigInt(3000 - index), kind, staffNumber: person.staffNumber, name: person.name, unitId: person.unitId, ip: `10.20.${String(index % 5)}.${String(index % 200)}`, place: index % 5 ? '城关营业厅' : '', device: index % 3 ? 'Chrome 150 · Windows' : 'Edge 150 · Windows', form: record ? 'customer.customer' : '', recordId: record, detail: details[kind] ?? '', at: timestampFromDate(at) })
})

function wanted(filter: AuditFilter | undefined): AuditEntry[] {
  return entries.filter((one) => !filter || ((!filter.staffNumber || one.staffNumber === filter.staffNumber) && (!filter.unitId || one.unitId === filter.unitId) && (filter.kinds.length === 0 || filter.kinds.includes(one.kind)) && (!filter.fromDay || one.day >= filter.fromDay) && (!filter.toDay || one.day <= filter.toDay) && (!filter.recordId || one.recordId === filter.recordId)))
}

let subnets = [{ cidr: '10.20.3.0/24', place: '城关营业厅' }, { cidr: '10.20.0.0/16', place: '分公司大楼' }]

/** Who signed in, and what they looked at. */
export function auditRoutes(router: ConnectRouter): void {
  router.service(AuditService, {
    listAuditEntries(request) {
      const part = paged(wanted(request.filter), request.page)
      return { entries: part.rows, page: part.page }
    },
    countAuditEntries(request) {
      const groups = new Map<string, AuditEntry[]>()
      for (const one of wanted(request.filter)) {
        const key = request.by === 'day' ? one.day : request.by === 'unit' ? one.unitId : one.staffNumber
        groups.set(key, [...(groups.get(key) ?? []), one])
      }
      const count = (rows: AuditEntry[], ...of: AuditKind[]) => BigInt(rows.filter((one) => of.includes(one.kind)).length)
      const counts = [...groups].map(([key, rows]) => ({ key, name: request.by === 'person' ? (rows[0]?.name ?? '') : '', signIns: count(rows, AuditKind.SIGN_IN), failed: count(rows, AuditKind.SIGN_IN_FAILED), recordViews: count(rows, AuditKind.RECORD_VIEW), records: BigInt(new Set(rows.map((one) => one.recordId).filter(Boolean)).size), pageViews: count(rows, AuditKind.PAGE_VIEW), disclosures: count(rows, AuditKind.UNMASK, AuditKind.EXPORT) }))
      return { counts: counts.sort((a, b) => (request.by === 'day' ? b.key.localeCompare(a.key) : Number(b.recordViews - a.recordViews))) }
    },
    listAuditFindings: () => ({ findings: [{ kind: 'NIGHT_VIEWS', staffNumber: 'm003', name: staff[2]?.name ?? '', day: '2026-11-21', count: 46n, threshold: 20n }, { kind: 'MASS_VIEWS', staffNumber: 'm007', name: staff[6]?.name ?? '', day: '2026-11-20', count: 812n, threshold: 300n }, { kind: 'MANY_FAILED_SIGN_INS', staffNumber: 'm011', name: '', day: '2026-11-19', count: 14n, threshold: 5n }] }),
    exportAuditEntries: () => ({ name: 'audit.xlsx', file: new TextEncoder().encode('PK') }),
    verifyAuditDay: (request) => (request.day === '2026-11-20' ? { intact: false, entries: 143n, firstWrong: 57n, reason: 'EDITED' } : { intact: true, entries: 144n }),
    listSubnets: () => ({ subnets }),
    setSubnets(request) {
      subnets = request.subnets.map(({ cidr, place }) => ({ cidr, place }))
      return { subnets }
    },
    recordPageView(request, context) {
      const person = callerOf(context)
      entries.unshift(create(AuditEntrySchema, { day: day.format(new Date()), sequence: BigInt(entries.length + 1), kind: AuditKind.PAGE_VIEW, staffNumber: person.staffNumber, name: person.name, unitId: person.unitId, ip: '10.20.3.47', place: '城关营业厅', device: 'Chrome 150 · Linux', detail: request.path, at: timestampFromDate(new Date()) }))
      return {}
    },
  })
}
