/** Roles, rules, approvals and disclosures of the branch in memory. */
import { clone, create, getOption } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'

import { Action, column as columnOption, ColumnRight, form as formOption, FormDeclarationSchema, GrantSchema, RowScope, type FormDeclaration, type Grant } from '../src/rpc/crm/common/v1/access_pb'
import { ExportJob_State } from '../src/rpc/crm/common/v1/export_pb'
import { AccountSchema, AddressSchema, AppointmentSchema, ContactSchema, CustomerSchema, SubscriberSchema } from '../src/rpc/crm/customer/v1/customer_pb'
import { TaskSchema } from '../src/rpc/crm/dispatch/v1/dispatch_pb'
import { AccessService, ApprovalKind, ApprovalSchema, ApprovalState, PolicyDifferenceSchema, PolicySchema, PolicyState, RoleSchema, type Approval, type Policy, type PolicyDifference, type Role } from '../src/rpc/crm/support/v1/access_pb'
import { archive } from './archive'
import { callerOf, paged, refuse } from './calls'
import { asked, disclosures } from './exports'
import { staff, units } from './people'

const { SEE, CREATE, CHANGE, DELETE, EXPORT, IMPORT, APPROVE, UNMASK } = Action
const records = [CustomerSchema, AccountSchema, SubscriberSchema, ContactSchema, AddressSchema, AppointmentSchema, TaskSchema]

function declared(name: string, actions: Action[]): FormDeclaration {
  const own = records.filter((record) => getOption(record, formOption).name === name)
  const titles = own.map((record) => getOption(record, formOption)).find(({ titleZh }) => titleZh !== '')
  return create(FormDeclarationSchema, {
    name,
    titleZh: titles?.titleZh ?? '',
    titleEn: titles?.titleEn ?? '',
    actions,
    columns: own.flatMap((record) => {
      const { prefix } = getOption(record, formOption)
      return record.fields.flatMap((field) => {
        const said = getOption(field, columnOption)
        return said.key ? [] : [{ column: prefix ? `${prefix}.${field.name}` : field.name, titleZh: said.titleZh, titleEn: said.titleEn, sensitivity: said.sensitivity }]
      })
    }),
  })
}

const forms = [
  declared('customer.appointment', [SEE, CREATE, CHANGE, UNMASK]),
  declared('customer.customer', [SEE, CREATE, CHANGE, EXPORT, APPROVE, UNMASK]),
  declared('customer.import', [SEE, IMPORT]),
  declared('customer.owner', [SEE]),
  declared('dispatch.assignment', [CHANGE]),
  declared('dispatch.generation_rule', [SEE, CHANGE, APPROVE]),
  declared('dispatch.task', [SEE, CREATE, CHANGE, EXPORT, APPROVE, UNMASK]),
  declared('dispatch.work_order', [SEE, CREATE, CHANGE, DELETE]),
  declared('dispatch.write_back', [SEE, CHANGE]),
  ...['audit', 'calendar', 'disclosure', 'organisation', 'parameter', 'role', 'sign_in', 'staff', 'system'].map((name) => declared(`support.${name}`, [SEE, CREATE, CHANGE, DELETE, EXPORT, APPROVE])),
]

const rule = (role: string, form: string, actions: Action[], scope: RowScope, more: Partial<Grant> = {}) => create(GrantSchema, { id: `${role}:${form}:${RowScope[scope].toLowerCase()}${more.refuse ? ':refuse' : ''}`, role, form, actions, scope, ...more } as never)
const open = (...columns: string[]) => ({ columns: columns.map((column) => ({ column, right: ColumnRight.WRITE })) }) as never

const templates: Role[] = [
  create(RoleSchema, { name: 'customer_manager', titleZh: '客户经理', titleEn: 'Customer manager', builtIn: true, rules: [rule('customer_manager', 'customer.customer', [SEE, CREATE, CHANGE, EXPORT, UNMASK], RowScope.OWN, open('phone', 'subscribers.number', 'contacts.phone', 'address')), rule('customer_manager', 'dispatch.task', [SEE, CREATE, CHANGE], RowScope.OWN), rule('customer_manager', 'customer.appointment', [SEE, CREATE, CHANGE], RowScope.OWN), rule('customer_manager', 'support.organisation', [SEE], RowScope.ALL), rule('customer_manager', 'support.staff', [SEE], RowScope.ALL)] }),
  create(RoleSchema, { name: 'seat_manager', titleZh: '座席经理', titleEn: 'Seat manager', builtIn: true, rules: [rule('seat_manager', 'customer.customer', [SEE, CHANGE], RowScope.OWN_CUSTOMERS), rule('seat_manager', 'dispatch.task', [SEE, CREATE, CHANGE], RowScope.OWN)] }),
  create(RoleSchema, { name: 'bureau_chief', titleZh: '局长', titleEn: 'Bureau chief', builtIn: true, rules: [rule('bureau_chief', 'customer.customer', [SEE, CREATE, CHANGE, EXPORT, APPROVE, UNMASK], RowScope.BUREAU), rule('bureau_chief', 'customer.customer', [SEE], RowScope.ALL, { refuse: true, columns: [{ column: 'id_card', right: ColumnRight.HIDDEN }] } as never), rule('bureau_chief', 'dispatch.task', [SEE, CREATE, CHANGE, EXPORT, APPROVE], RowScope.BUREAU), rule('bureau_chief', 'dispatch.assignment', [CHANGE], RowScope.BUREAU), rule('bureau_chief', 'support.disclosure', [SEE], RowScope.BUREAU)] }),
  create(RoleSchema, { name: 'dispatcher', titleZh: '派单员', titleEn: 'Dispatcher', builtIn: true, rules: [rule('dispatcher', 'dispatch.task', [SEE, CREATE, CHANGE, EXPORT], RowScope.ALL), rule('dispatcher', 'dispatch.assignment', [CHANGE], RowScope.ALL), rule('dispatcher', 'customer.customer', [SEE], RowScope.ALL)] }),
  create(RoleSchema, { name: 'administrator', titleZh: '系统管理员', titleEn: 'Administrator', builtIn: true, rules: forms.filter(({ name }) => name.startsWith('support.')).map((one) => rule('administrator', one.name, [SEE, CREATE, CHANGE, DELETE, APPROVE], RowScope.ALL)) }),
]

const copy = (roles: Role[]) => roles.map((role) => clone(RoleSchema, role))
const ago = (hours: number) => timestampFromDate(new Date(Date.now() - hours * 3_600_000))
const own = create(RoleSchema, { name: 'promotion_helper', titleZh: '促销协办', titleEn: 'Promotion helper', rules: [rule('promotion_helper', 'customer.customer', [SEE], RowScope.UNITS, { unitIds: [units[1]?.id ?? '', units[2]?.id ?? ''], otherColumns: ColumnRight.READ, columns: [{ column: 'id_card', right: ColumnRight.HIDDEN }, { column: 'note', right: ColumnRight.HIDDEN }] } as never), rule('promotion_helper', 'customer.customer', [EXPORT], RowScope.ALL, { refuse: true })], assignments: [{ role: 'promotion_helper', holder: { case: 'staffNumber', value: 'm005' }, validFrom: '2026-11-01', validTo: '2026-12-31' }, { role: 'promotion_helper', holder: { case: 'unitId', value: units[9]?.id ?? '' } }] })

const policies: Policy[] = [
  create(PolicySchema, { id: 'p2', number: 2n, version: 4n, state: PolicyState.PUBLISHED, note: '促销月：协办人员可看城关、河东两局客户', author: 'admin', approver: 'admin2', at: ago(30), inForce: true, roles: [...copy(templates), own] }),
  create(PolicySchema, { id: 'p1', number: 1n, version: 1n, state: PolicyState.PUBLISHED, note: '产品自带的规则', author: 'admin', at: ago(900), roles: copy(templates) }),
]
const drafts = new Map<string, Policy>()
const approvals: Approval[] = []

function inForce(): Policy {
  const found = policies.find((one) => one.inForce)
  if (!found) throw refuse(Code.NotFound, 'NOT_FOUND')
  return found
}

function policy(id: string, caller: string): Policy {
  if (id === 'template') return create(PolicySchema, { id, roles: copy(templates) })
  const found = id === '' ? inForce() : id === 'draft' ? drafts.get(caller) : [...policies, ...drafts.values()].find((one) => one.id === id)
  if (!found) throw refuse(Code.NotFound, 'NOT_FOUND')
  return found
}

const actionWords = (actions: Action[]) => [...actions].sort((a, b) => a - b).map((action) => Action[action].toLowerCase())

const scopeWord = (one: Grant | undefined) => RowScope[one?.scope ?? RowScope.UNSPECIFIED].toLowerCase()

/** Rule by rule, by the id of the rule. */
function differ(from: Policy, to: Policy): PolicyDifference[] {
  const found: PolicyDifference[] = []
  const say = (role: string, what: string, form: string, item: string, oldValue: string, newValue: string, widens: boolean) => found.push(create(PolicyDifferenceSchema, { role, form, what, item, oldValue, newValue, widens }))
  const names = new Set([...from.roles, ...to.roles].map((role) => role.name))
  for (const name of names) {
    const before = from.roles.find((role) => role.name === name)
    const after = to.roles.find((role) => role.name === name)
    if (!before || !after) say(name, 'ROLE', '', '', before ? `${before.titleZh} / ${before.titleEn}` : '', after ? `${after.titleZh} / ${after.titleEn}` : '', false)
    const rules = new Map<string, [Grant | undefined, Grant | undefined]>()
    const key = (one: Grant, at: number) => one.id || `new${String(at)}`
    before?.rules.forEach((one, at) => rules.set(key(one, at), [one, undefined]))
    after?.rules.forEach((one, at) => rules.set(key(one, at), [rules.get(key(one, at))?.[0], one]))
    for (const [old, now] of rules.values()) {
      const form = (now ?? old)?.form ?? ''
      if (now?.refuse || old?.refuse) {
        if (!old || !now) say(name, 'REFUSAL', form, '', old ? actionWords(old.actions).join(',') : '', now ? actionWords(now.actions).join(',') : '', !now)
        continue
      }
      for (const action of new Set([...(old?.actions ?? []), ...(now?.actions ?? [])])) {
        const had = old?.actions.includes(action) ?? false
        const has = now?.actions.includes(action) ?? false
        if (had !== has) say(name, 'ACTION', form, Action[action].toLowerCase(), had ? scopeWord(old) : '', has ? scopeWord(now) : '', has)
      }
      if (old && now && old.scope !== now.scope) say(name, 'SCOPE', form, '', RowScope[old.scope].toLowerCase(), RowScope[now.scope].toLowerCase(), now.scope === RowScope.ALL)
      for (const column of new Set([...(old?.columns ?? []), ...(now?.columns ?? [])].map((one) => one.column))) {
        const was = old?.columns.find((one) => one.column === column)?.right ?? 0
        const is = now?.columns.find((one) => one.column === column)?.right ?? 0
        if (was !== is) say(name, 'COLUMN', form, column, was ? ColumnRight[was].toLowerCase() : '', is ? ColumnRight[is].toLowerCase() : '', is > was)
      }
    }
    const holders = (role: Role | undefined) => new Map((role?.assignments ?? []).map((one) => [`${one.holder.case === 'unitId' ? 'unit' : one.holder.case === 'position' ? 'position' : 'person'}:${one.holder.value ?? ''}`, `${one.validFrom || '…'}–${one.validTo || '…'}`]))
    const had = holders(before)
    const has = holders(after)
    for (const who of new Set([...had.keys(), ...has.keys()])) if (had.get(who) !== has.get(who)) say(name, 'ASSIGNMENT', '', who, had.get(who) ?? '', has.get(who) ?? '', has.has(who))
  }
  return found
}

function publish(made: Policy, approver: string): void {
  for (const one of policies) one.inForce = false
  Object.assign(made, { number: BigInt(policies.length + 1), state: PolicyState.PUBLISHED, inForce: true, approver, at: ago(0) })
  policies.unshift(made)
}

function exportApprovals(caller: string): Approval[] {
  return asked.map(({ job, by, byName, reason, filter }) => create(ApprovalSchema, { id: `a-${job.id}`, kind: ApprovalKind.EXPORT, subjectId: job.id, summaryJson: JSON.stringify({ form: job.form, rows: Number(job.rows), filter, reason }), requestedBy: by, requestedByName: byName, requestedAt: job.requestedAt, state: job.state === ExportJob_State.WAITING ? ApprovalState.WAITING : job.state === ExportJob_State.REFUSED ? ApprovalState.REFUSED : ApprovalState.APPROVED, decidedBy: job.state === ExportJob_State.WAITING ? '' : 'c01', mineToDecide: job.state === ExportJob_State.WAITING && caller !== by && ['c01', 'admin', 'admin2'].includes(caller), standingInFor: caller === 'admin' ? 'c01' : '' } as never))
}

function asks(summary: object, by: string): Approval {
  return create(ApprovalSchema, { id: `a${String(approvals.length)}`, kind: ApprovalKind.POLICY, summaryJson: JSON.stringify(summary), requestedBy: by, requestedByName: staff.find((one) => one.staffNumber === by)?.name ?? by, requestedAt: ago(0), state: ApprovalState.WAITING })
}

const right = (form: FormDeclaration, index: number) => (form.columns[index]?.sensitivity ? ColumnRight.MASKED : index % 7 === 6 ? ColumnRight.HIDDEN : ColumnRight.READ)

/** Roles, rules and what waits for a second person. */
export function accessRoutes(router: ConnectRouter): void {
  router.service(AccessService, {
    listForms: () => ({ forms }),
    getPolicy: (request, context) => ({ policy: policy(request.id, callerOf(context).staffNumber) }),
    listPolicyVersions: () => ({ policies: [...policies.filter((one) => one.state !== PolicyState.SUBMITTED), ...policies.filter((one) => one.state === PolicyState.SUBMITTED)].map((one) => create(PolicySchema, { ...one, roles: [] })) }),
    listRoleTemplates: () => ({ templates }),
    savePolicyDraft(request, context) {
      const { staffNumber } = callerOf(context)
      const version = drafts.get(staffNumber)?.version ?? 0n
      if (version !== request.version) throw refuse(Code.Aborted, 'STALE_VERSION')
      const made = create(PolicySchema, { id: `draft-${staffNumber}`, version: version + 1n, state: PolicyState.DRAFT, note: request.note, author: staffNumber, at: ago(0), roles: copy(request.roles) })
      drafts.set(staffNumber, made)
      return { policy: made }
    },
    discardPolicyDraft(_, context) {
      drafts.delete(callerOf(context).staffNumber)
      return {}
    },
    submitPolicy(_, context) {
      const { staffNumber } = callerOf(context)
      const made = policy('draft', staffNumber)
      drafts.delete(staffNumber)
      Object.assign(made, { id: `p${String(policies.length + 1)}s`, state: PolicyState.SUBMITTED })
      const differences = differ(inForce(), made)
      policies.push(made)
      approvals.unshift(Object.assign(asks({ note: made.note, differences: differences.length, widens: differences.filter((one) => one.widens).length }, staffNumber), { subjectId: made.id }))
      return { policy: made }
    },
    restorePolicy(request, context) {
      const { staffNumber } = callerOf(context)
      const made = create(PolicySchema, { id: `draft-${staffNumber}`, version: (drafts.get(staffNumber)?.version ?? 0n) + 1n, state: PolicyState.DRAFT, author: staffNumber, at: ago(0), roles: copy(policy(request.id, staffNumber).roles) })
      drafts.set(staffNumber, made)
      return { policy: made }
    },
    comparePolicies: (request, context) => ({ differences: differ(policy(request.fromId, callerOf(context).staffNumber), policy(request.toId, callerOf(context).staffNumber)) }),
    explainAccess(request) {
      const form = forms.find((one) => one.name === request.form)
      const record = archive.find((one) => one.customerNumber === request.record || one.id === request.record)
      const person = staff.find((one) => one.staffNumber === request.staffNumber)
      if (!form || !record || !person) return { answer: { found: false } }
      const mine = record.ownerNumber === person.staffNumber
      const verdicts = inForce().roles.filter((role) => person.roles.includes(role.name) || role.name === 'promotion_helper').flatMap((role) => role.rules.filter((one) => one.form === request.form).map((one) => ({ ruleId: one.id, role: role.name, heldBy: role.builtIn ? 'POSITION' : 'PERSON', reaches: one.scope === RowScope.ALL || mine, refuses: one.refuse })))
      return { answer: { found: true, actions: mine ? [SEE, CHANGE, UNMASK] : [], verdicts, columns: form.columns.map((column, index) => ({ column: column.column, right: mine ? right(form, index) : ColumnRight.HIDDEN, ruleId: column.sensitivity ? '' : (verdicts[0]?.ruleId ?? ''), reason: !mine ? 'NO_RULE' : column.sensitivity ? 'SENSITIVE_BY_DEFAULT' : 'RULE' })), facts: { owners: [record.ownerNumber], customerKeepers: record.seatNumber ? [record.ownerNumber, record.seatNumber] : [record.ownerNumber], communityId: record.communityId, bureauId: record.bureauId } } }
    },
    previewAccess(request) {
      const form = forms.find((one) => one.name === request.form) ?? forms[1]
      if (!form) return {}
      const rows = archive.filter((one) => one.ownerNumber === request.staffNumber)
      return { answer: { total: BigInt(rows.length), rows: rows.slice(0, 12).map((row) => ({ recordId: row.id, label: row.customerNumber, cells: form.columns.slice(0, 12).map((column, index) => ({ column: column.column, right: right(form, index), shown: right(form, index) === ColumnRight.HIDDEN ? '' : column.column === 'name' ? row.name : column.column === 'phone' ? '138****0000' : column.column === 'address' ? `${row.address.slice(0, 4)}****` : column.column === 'joined_on' ? row.joinedOn : column.column === 'note' ? row.note : column.sensitivity ? '****' : '—' })) })) } }
    },
    listApprovals(request, context) {
      const { staffNumber, roles } = callerOf(context)
      const mine = approvals.map((one) => create(ApprovalSchema, { ...one, mineToDecide: one.state === ApprovalState.WAITING && one.requestedBy !== staffNumber && roles.includes('administrator') }))
      const all = [...exportApprovals(staffNumber), ...mine].filter((one) => (request.state === ApprovalState.UNSPECIFIED || one.state === request.state) && (one.mineToDecide || one.requestedBy === staffNumber || one.state !== ApprovalState.WAITING))
      return { approvals: paged(all, request.page).rows, page: {} }
    },
    decideApproval(request, context) {
      const { staffNumber } = callerOf(context)
      const taken = asked.find(({ job }) => `a-${job.id}` === request.id)
      if (taken) {
        taken.job.state = request.approve ? ExportJob_State.WRITING : ExportJob_State.REFUSED
        taken.job.reason = request.approve ? '' : request.comment
        return {}
      }
      const found = approvals.find((one) => one.id === request.id)
      if (!found) throw refuse(Code.NotFound, 'NOT_FOUND')
      Object.assign(found, { state: request.approve ? ApprovalState.APPROVED : ApprovalState.REFUSED, decidedBy: staffNumber, decidedAt: ago(0), comment: request.comment })
      const made = policies.find((one) => one.id === found.subjectId)
      if (made) policies.splice(policies.indexOf(made), 1)
      if (made && request.approve) publish(made, staffNumber)
      else if (made) policies.unshift(Object.assign(made, { state: PolicyState.REFUSED }))
      return { approval: found }
    },
    listDisclosures(request) {
      const rows = disclosures.filter((one) => (!request.staffNumber || one.staffNumber === request.staffNumber) && (!request.kind || one.kind === request.kind))
      const part = paged(rows, request.page)
      return { disclosures: part.rows, page: part.page }
    },
  })
}
