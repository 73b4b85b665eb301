/** Values seen in full and files taken out, on the branch in memory. */
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type HandlerContext } from '@connectrpc/connect'

import { ColumnStatesSchema } from '../src/rpc/crm/common/v1/access_pb'
import { ExportJob_State, ExportJobSchema, type ExportJob } from '../src/rpc/crm/common/v1/export_pb'
import { DisclosureKind, DisclosureSchema, type Disclosure } from '../src/rpc/crm/support/v1/access_pb'
import { callerOf, refuse } from './calls'

const THRESHOLD = 1000
const PER_DAY = 5

/** Every export, newest first. */
export const exported: ExportJob[] = []

/** What was seen in full and taken out, newest first. */
export const disclosures: Disclosure[] = []

/** What waits for approval by the id of its export, with what is said of it. */
export const asked: { job: ExportJob; by: string; byName: string; reason: string; filter: object }[] = []

/** What a manager sees of a customer's columns. */
export const customerStates = create(ColumnStatesSchema, { masked: ['phone', 'id_card', 'address', 'subscribers.number', 'accounts.bank_account', 'contacts.phone', 'addresses.text'], unmaskable: ['phone', 'id_card', 'address', 'subscribers.number', 'accounts.bank_account', 'contacts.phone', 'addresses.text'], readOnly: ['joined_on'] })

let seen = 0

function disclosed(context: HandlerContext, what: Partial<Disclosure>): void {
  const person = callerOf(context)
  disclosures.unshift(create(DisclosureSchema, { id: `d${String(disclosures.length)}`, staffNumber: person.staffNumber, name: person.name, at: timestampFromDate(new Date()), ip: '10.20.3.47', ...what } as never))
}

/** Shows a value in full, so many times a day. */
export function unmask(request: { form: string; id: string; column: string; reason: string }, context: HandlerContext, label: string, value: string): { value: string; leftToday: number } {
  if (request.reason.length < 4) throw refuse(Code.InvalidArgument, 'REASON_TOO_SHORT', { field: 'reason' })
  if (seen >= PER_DAY) throw refuse(Code.ResourceExhausted, 'UNMASK_LIMIT_REACHED', { limit: String(PER_DAY) })
  seen += 1
  disclosed(context, { kind: DisclosureKind.UNMASK, form: request.form, recordId: request.id, recordLabel: label, column: request.column, reason: request.reason })
  return { value, leftToday: PER_DAY - seen }
}

/** Takes rows out; many wait for somebody's approval. */
export function startExport(form: string, rows: number, request: { reason: string; filter?: object | undefined }, context: HandlerContext): { job: ExportJob } {
  const person = callerOf(context)
  const waits = rows > THRESHOLD
  const job = create(ExportJobSchema, { id: `x${String(exported.length + 1)}`, form, state: waits ? ExportJob_State.WAITING : ExportJob_State.WRITING, rows: BigInt(rows), requestedBy: person.staffNumber, requestedAt: timestampFromDate(new Date()), name: `${form}.xlsx`, approvalId: waits ? `a-x${String(exported.length + 1)}` : '' })
  exported.unshift(job)
  if (waits) asked.unshift({ job, by: person.staffNumber, byName: person.name, reason: request.reason, filter: JSON.parse(JSON.stringify(request.filter ?? {}, (key, value: unknown) => (key === '$typeName' || key === 'page' || typeof value === 'bigint' ? undefined : value))) as object })
  disclosed(context, { kind: DisclosureKind.EXPORT, form, recordId: job.id, recordLabel: job.name, rows: job.rows, reason: request.reason })
  return { job }
}

/** The caller's exports of a form; files being written go on with every look. */
export function listExports(form: string, context: HandlerContext): { jobs: ExportJob[] } {
  for (const job of exported.filter((one) => one.state === ExportJob_State.WRITING)) {
    job.written = job.written + job.rows / 4n + 1n > job.rows ? job.rows : job.written + job.rows / 4n + 1n
    if (job.written === job.rows) job.state = ExportJob_State.READY
  }
  return { jobs: exported.filter((one) => one.form === form && one.requestedBy === callerOf(context).staffNumber) }
}
