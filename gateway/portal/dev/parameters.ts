/** Parameters of the branch in memory: a few of each kind, set here and there. */
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'

import { ParameterDeclarationSchema, type ParameterDeclaration } from '../src/rpc/crm/common/v1/access_pb'
import { ChangeSchema, type Change } from '../src/rpc/crm/common/v1/change_pb'
import { ExtraFieldSchema, ParameterService, ParameterValueSchema, ParameterViewSchema, type ExtraField, type ParameterValue, type ParameterView } from '../src/rpc/crm/support/v1/parameters_pb'
import { UnitKind } from '../src/rpc/crm/support/v1/support_pb'
import { callerOf, given, paged, refuse } from './calls'
import { units } from './people'

const days = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' })
const today = () => days.format(new Date())
const everywhere = ['branch', 'bureau', 'community']

function declared(key: string, group: string, schema: object, standard: unknown, zh: [string, string], en: [string, string], more: { levels?: string[]; columns?: string[] } = {}): ParameterDeclaration {
  const texts = { zh: { title: zh[0], description: zh[1] }, en: { title: en[0], description: en[1] } }
  return create(ParameterDeclarationSchema, { key, group, schemaJson: JSON.stringify({ ...schema, title: zh[0], 'x-text': texts }), defaultJson: JSON.stringify(standard), levels: everywhere, ...more })
}

const percent = { type: 'integer', minimum: 1, maximum: 100, 'x-unit': 'percent' }
const titles = (zh: string, en: string) => ({ zh: { title: zh }, en: { title: en } })
const declarations: ParameterDeclaration[] = [
  declared('assessment.alert_revenue_drop', 'alerts', percent, 30, ['收入下降预警', '本月收入比前三个月平均低这么多就派单'], ['Revenue drop', 'A task is made when this month is so far below the three before it'], { columns: ['customer.customer/revenue'] }),
  declared('assessment.alert_silent_days', 'alerts', { type: 'integer', minimum: 1, maximum: 180, 'x-unit': 'days' }, 15, ['沉默天数', '这么多天没有通话和上网就派单'], ['Silent days', 'A task is made after so many days without calls or data']),
  declared('assessment.alert_arrears', 'alerts', { type: 'number', minimum: 0, maximum: 100_000, 'x-unit': 'yuan' }, 100, ['欠费金额', '欠费超过此数就派催缴单'], ['Arrears', 'A task is made past this amount']),
  declared('assessment.alert_contract_end', 'alerts', { type: 'array', items: { type: 'integer', minimum: 1, maximum: 365 }, maxItems: 5, 'x-unit': 'days' }, [60, 30, 7], ['合约到期提前', '到期前这些天各提醒一次'], ['Contract end', 'A reminder so many days before it ends']),
  declared('assessment.loyalty_years', 'loyalty', { type: 'integer', minimum: 1, maximum: 30, 'x-unit': 'years' }, 5, ['忠诚客户在网年限', '在网满这么多年算忠诚客户'], ['Years of a loyal customer', 'From so many years on a customer counts as loyal']),
  declared('assessment.propensity_class', 'propensity', { type: 'string', oneOf: [{ const: 'strict', 'x-text': titles('严格', 'Strict') }, { const: 'usual', 'x-text': titles('一般', 'Usual') }, { const: 'wide', 'x-text': titles('宽松', 'Wide') }] }, 'usual', ['消费倾向分级', '多大把握才算有购买倾向'], ['Propensity class', 'How sure it must be']),
  declared('dispatch.response_hours', 'response', { type: 'integer', minimum: 1, maximum: 72, 'x-unit': 'working_hours' }, 4, ['接单时限', '派出后这么久没有接单算超时'], ['Time to accept', 'A task not accepted within this is late']),
  declared('support.second_administrator', 'access', { type: 'boolean' }, true, ['权限变更须第二名管理员同意', '关闭后，提交即生效'], ['Permissions need a second administrator', 'When off, a change takes effect as it is handed in'], { levels: ['branch'] }),
  declared('support.unmask_daily_limit', 'access', { type: 'integer', minimum: 0, maximum: 10_000, 'x-unit': 'values' }, 50, ['每人每日查看完整敏感信息次数', '超过后当日不能再查看'], ['Values a person may unmask a day', 'Past that no more can be seen in full that day']),
  declared('support.working_hours', 'calendar', { type: 'object', required: ['from', 'to'], properties: { from: { type: 'string', pattern: '^\\d\\d:\\d\\d$', 'x-text': titles('上班', 'From') }, to: { type: 'string', pattern: '^\\d\\d:\\d\\d$', 'x-text': titles('下班', 'Until') } } }, { from: '08:30', to: '17:30' }, ['工作时间', '期限的小时数按它计算'], ['Working hours', 'Deadlines in hours count by them'], { levels: ['branch', 'bureau'] }),
  declared('dispatch.anniversary_lead', 'calendar', { type: 'integer', minimum: 0, maximum: 30, 'x-unit': 'days' }, 3, ['店庆提前天数', '店庆关怀任务提前这么多天派出'], ['Lead of store anniversaries', 'Tasks are made so many days ahead']),
]

let number = 0
const newId = () => `value-${String((number += 1)).padStart(5, '0')}`
const value = (key: string, unitId: string, effectiveFrom: string, set: unknown, note: string): ParameterValue => create(ParameterValueSchema, { id: newId(), key, unitId, effectiveFrom, valueJson: set === undefined ? '' : JSON.stringify(set), setBy: 'admin', setAt: timestampFromDate(new Date(Date.now() - number * 86_400_000)), note })
const bureau = units.find((unit) => unit.kind === UnitKind.BUREAU)?.id ?? ''
const values: ParameterValue[] = [
  value('assessment.alert_silent_days', '', '2026-10-01', 20, '国庆后放宽'),
  value('assessment.alert_silent_days', '', '2027-01-01', 10, '新年度考核'),
  value('assessment.alert_revenue_drop', bureau, '2026-11-01', 20, '城关竞争激烈'),
  value('dispatch.response_hours', '', '2026-09-01', 2, ''),
]
const versions = new Map<string, bigint>()
const changes: Change[] = []
const fields: ExtraField[] = [
  create(ExtraFieldSchema, { form: 'customer.customer', name: 'business_line', titleZh: '行业', titleEn: 'Line of business', kind: 'choice', choices: ['餐饮', '零售', '制造', '其他'] }),
  create(ExtraFieldSchema, { form: 'customer.customer', name: 'visit_day', titleZh: '方便上门的日子', titleEn: 'Good day to visit', kind: 'text' }),
]

function upwards(unitId: string): string[] {
  const unit = units.find((one) => one.id === unitId)
  return !unit || unit.kind === UnitKind.BRANCH ? [''] : [unitId, ...upwards(unit.parentId)]
}

const origins = { [UnitKind.BUREAU]: 'BUREAU', [UnitKind.COMMUNITY]: 'COMMUNITY' } as Record<number, string>

/** What holds at a unit on a day. */
function holds(key: string, unitId: string, day: string): { json: string; from: string; origin: string; since: string } {
  for (const at of upwards(unitId)) {
    const own = values.filter((one) => one.key === key && one.unitId === at && one.effectiveFrom <= day).sort((a, b) => a.effectiveFrom.localeCompare(b.effectiveFrom) || a.id.localeCompare(b.id)).at(-1)
    if (own && own.valueJson !== '') return { json: own.valueJson, from: at, origin: at === '' ? 'BRANCH' : (origins[units.find((unit) => unit.id === at)?.kind ?? 0] ?? 'BUREAU'), since: own.effectiveFrom }
  }
  return { json: declarations.find((one) => one.key === key)?.defaultJson ?? '', from: '', origin: 'DEFAULT', since: '' }
}

function view(declaration: ParameterDeclaration, unitId: string): ParameterView {
  const now = holds(declaration.key, unitId, today())
  const upcoming = values.filter((one) => one.key === declaration.key && upwards(unitId).includes(one.unitId) && one.effectiveFrom > today())
  return create(ParameterViewSchema, { declaration, service: declaration.key.split('.')[0] ?? '', valueJson: now.json, fromUnitId: now.from, origin: now.origin, effectiveFrom: now.since, upcoming, version: versions.get(declaration.key) ?? 1n })
}

function declarationOf(key: string): ParameterDeclaration {
  const one = declarations.find((each) => each.key === key)
  if (!one) throw refuse(Code.NotFound, 'NOT_FOUND', { id: key })
  return one
}

function touch(context: HandlerContext, key: string, from: string, to: string): void {
  const who = callerOf(context)
  versions.set(key, (versions.get(key) ?? 1n) + 1n)
  changes.unshift(create(ChangeSchema, { id: newId(), changedAt: timestampFromDate(new Date()), actor: { kind: 1, id: who.staffNumber, name: who.name, ip: '10.20.1.5' }, form: 'support.parameter', recordId: key, field: 'value', oldValue: from, newValue: to }))
}

/** The service. */
export function parameterRoutes(router: ConnectRouter): void {
  router.service(ParameterService, {
    listParameters: (request) => ({ parameters: declarations.filter((one) => !request.group || one.group === request.group).map((one) => view(one, request.unitId)) }),
    listParameterValues: (request) => ({ values: values.filter((one) => one.key === request.key).reverse() }),
    previewParameter(request) {
      const wanted = request.value
      if (!wanted) return { effects: [] }
      const inside = ['', ...units.filter((unit) => unit.kind !== UnitKind.BRANCH).map((unit) => unit.id)].filter((id) => upwards(id).includes(wanted.unitId))
      const before = new Map(inside.map((id) => [id, holds(wanted.key, id, wanted.effectiveFrom).json]))
      values.push(create(ParameterValueSchema, { ...wanted, id: 'zzz' }))
      const effects = inside.map((unitId) => ({ unitId, oldJson: before.get(unitId) ?? '', newJson: holds(wanted.key, unitId, wanted.effectiveFrom).json })).filter((one) => one.oldJson !== one.newJson)
      values.pop()
      return { effects }
    },
    setParameter(request, context) {
      const wanted = given(request.value, 'value')
      const declaration = declarationOf(wanted.key)
      if (request.version !== (versions.get(declaration.key) ?? 1n)) throw refuse(Code.Aborted, 'STALE_VERSION')
      const before = holds(declaration.key, wanted.unitId, today()).json
      values.push(create(ParameterValueSchema, { ...wanted, id: newId(), setBy: callerOf(context).staffNumber, setAt: timestampFromDate(new Date()) }))
      touch(context, declaration.key, before, wanted.valueJson)
      return { parameter: view(declaration, wanted.unitId) }
    },
    revertParameter(request, context) {
      const at = values.findIndex((one) => one.id === request.valueId)
      const [gone] = at < 0 ? [] : values.splice(at, 1)
      if (!gone) throw refuse(Code.NotFound, 'NOT_FOUND')
      touch(context, gone.key, gone.valueJson, holds(gone.key, gone.unitId, today()).json)
      return { parameter: view(declarationOf(gone.key), gone.unitId) }
    },
    listParameterChanges(request) {
      const part = paged(changes.filter((one) => !request.key || one.recordId === request.key), request.page)
      return { changes: part.rows, page: part.page }
    },
    findColumnUses: (request) => ({ uses: request.column === 'extra.business_line' ? [{ kind: 'PARAMETER', key: 'assessment.alert_revenue_drop', label: '收入下降预警' }, { kind: 'RULE', key: 'r1', label: '客户经理' }] : [] }),
    setExtraField(request) {
      const wanted = given(request.field, 'field')
      const known = fields.find((one) => one.form === wanted.form && one.name === wanted.name)
      if (known) Object.assign(known, wanted)
      const made = known ?? create(ExtraFieldSchema, wanted)
      if (!known) fields.push(made)
      return { field: made }
    },
    deleteExtraField(request) {
      if (request.name === 'business_line') throw refuse(Code.FailedPrecondition, 'FIELD_IN_USE')
      fields.splice(fields.findIndex((one) => one.name === request.name), 1)
      return {}
    },
    listExtraFields: () => ({ fields }),
  })
}
