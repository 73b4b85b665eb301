import { create } from '@bufbuild/protobuf'

import { Action, GrantSchema, RowScope, type Grant } from '../src/rpc/crm/common/v1/access_pb'
import { PersonDocumentSchema, type PersonDocument } from '../src/rpc/crm/common/v1/person_pb'
import { UnitKind, UnitSchema, type Unit } from '../src/rpc/crm/support/v1/support_pb'
import { chooser } from './chance'

const pick = chooser(11)

const bureauNames = ['城关局', '河东局', '河西局', '开发区局', '北湖局', '南山局', '临江局', '云岭局']
const communityNames = ['翠湖', '东湖', '锦绣', '阳光', '建设路', '人民路', '紫荆', '望江', '龙泉', '青年路', '幸福里', '金桥', '学府', '银河', '丽水', '荷塘', '松涛', '凤凰', '梅园', '碧桂']
const surnames = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单曾仇'
const given = ['敏', '伟', '芳', '建国', '秀英', '丽', '强', '磊', '洋', '艳', '勇', '军', '杰', '娟', '涛', '明', '超', '兰', '霞', '平', '刚', '桂英', '文博', '思远', '雨晴']

const id = (kind: string, number: number) => `0190${kind}-0000-7000-8000-${String(number).padStart(12, '0')}`

/** A name as people have it. */
export function personName(): string {
  return pick([...surnames]) + pick(given)
}

/** Branch, bureaus, communities and departments. */
export const units: Unit[] = [
  create(UnitSchema, { id: id('a000', 1), code: 'BR', name: '市分公司', kind: UnitKind.BRANCH }),
  ...bureauNames.map((name, index) => create(UnitSchema, { id: id('b000', index + 1), code: `B0${String(index + 1)}`, name, kind: UnitKind.BUREAU, parentId: id('a000', 1) })),
  ...Array.from({ length: 60 }, (_, index) =>
    create(UnitSchema, { id: id('c000', index + 1), code: `B0${String((index % 8) + 1)}-C${String(index)}`, name: `${communityNames[index % 20] ?? ''}${index >= 40 ? '新村' : index >= 20 ? '北区' : ''}社区`, kind: UnitKind.COMMUNITY, parentId: id('b000', (index % 8) + 1) }),
  ),
  ...[['D-NETWORK', '网络维护部'], ['D-BILLING', '计费结算部'], ['D-RESOURCES', '资源管理部'], ['D-KEY', '大客户部']].map(([code, name], index) => create(UnitSchema, { id: id('d000', index + 1), code: code ?? '', name: name ?? '', kind: UnitKind.DEPARTMENT, parentId: id('a000', 1) })),
]
for (const unit of units) unit.validFrom = '2020-01-01'

/** Communities only. */
export const communities = units.filter((unit) => unit.kind === UnitKind.COMMUNITY)

function manager(number: number, prefix: string, role: string): PersonDocument {
  const own = communities.filter((_, index) => index % 60 === (number - 1) % 60)
  return create(PersonDocumentSchema, {
    version: 1n,
    staffNumber: `${prefix}${String(number).padStart(prefix === 'm' ? 3 : 2, '0')}`,
    name: number === 1 && prefix === 'm' ? '王敏' : personName(),
    active: true,
    bureauIds: own.map((unit) => unit.parentId),
    communityIds: own.map((unit) => unit.id),
    unitId: own[0]?.id ?? '',
    roles: [role],
    phone: `1380000${String(1000 + number)}`,
  })
}

/** Who works at the branch. */
export const staff: PersonDocument[] = [
  ...Array.from({ length: 120 }, (_, index) => manager(index + 1, 'm', 'customer_manager')),
  ...Array.from({ length: 16 }, (_, index) => manager(index + 1, 'z', 'seat_manager')),
  create(PersonDocumentSchema, { version: 1n, staffNumber: 'c01', name: '周建军', active: true, bureauIds: [id('b000', 1)], unitId: id('b000', 1), roles: ['bureau_chief'] }),
  create(PersonDocumentSchema, { version: 1n, staffNumber: 'dispatcher', name: '孙丽', active: true, unitId: id('a000', 1), roles: ['dispatcher'] }),
  create(PersonDocumentSchema, { version: 1n, staffNumber: 'operator', name: '高强', active: true, unitId: id('a000', 1), roles: ['operator'] }),
  create(PersonDocumentSchema, { version: 1n, staffNumber: 'admin', name: '系统管理员', active: true, unitId: id('a000', 1), roles: ['administrator'] }),
  create(PersonDocumentSchema, { version: 1n, staffNumber: 'admin2', name: '李国华', active: true, unitId: id('a000', 1), roles: ['administrator'] }),
]

const see = [Action.SEE]
const change = [Action.SEE, Action.CHANGE]
const all = [Action.SEE, Action.CREATE, Action.CHANGE, Action.DELETE, Action.EXPORT, Action.IMPORT, Action.APPROVE]
const rules: Record<string, [form: string, actions: Action[], scope: RowScope][]> = {
  customer_manager: [['dispatch.task', change, RowScope.OWN], ['customer.customer', see, RowScope.OWN], ['support.organisation', see, RowScope.ALL], ['support.sign_in', see, RowScope.OWN]],
  bureau_chief: [['dispatch.task', change, RowScope.BUREAU], ['dispatch.assignment', [Action.CHANGE], RowScope.BUREAU], ['customer.customer', see, RowScope.BUREAU], ['support.organisation', see, RowScope.ALL], ['support.staff', see, RowScope.ALL], ['support.sign_in', see, RowScope.OWN]],
  dispatcher: [['dispatch.task', change, RowScope.ALL], ['dispatch.assignment', [Action.CHANGE], RowScope.ALL], ['dispatch.write_back', change, RowScope.ALL], ['dispatch.generation_rule', [Action.SEE, Action.CHANGE, Action.APPROVE], RowScope.ALL], ['customer.customer', see, RowScope.ALL], ['support.organisation', see, RowScope.ALL], ['support.staff', see, RowScope.ALL]],
  operator: [['dispatch.write_back', change, RowScope.ALL], ['customer.import', [Action.SEE, Action.IMPORT], RowScope.ALL], ['support.calendar', change, RowScope.ALL]],
  administrator: [['dispatch.task', see, RowScope.ALL], ['dispatch.generation_rule', [Action.SEE, Action.CHANGE, Action.APPROVE], RowScope.ALL], ['dispatch.write_back', change, RowScope.ALL], ['customer.customer', see, RowScope.ALL], ['customer.import', [Action.SEE, Action.IMPORT], RowScope.ALL], ['support.organisation', all, RowScope.ALL], ['support.staff', all, RowScope.ALL], ['support.calendar', all, RowScope.ALL], ['support.parameter', all, RowScope.ALL], ['support.sign_in', see, RowScope.ALL]],
}
const whole = [Action.SEE, Action.CREATE, Action.CHANGE, Action.DELETE, Action.EXPORT, Action.APPROVE]
for (const form of ['support.role', 'support.audit', 'support.system', 'support.disclosure', 'support.export']) rules['administrator']?.push([form, whole, RowScope.ALL])
for (const form of ['customer.customer', 'dispatch.task']) {
  rules['customer_manager']?.push([form, [Action.EXPORT, Action.UNMASK], RowScope.OWN])
  rules['bureau_chief']?.push([form, [Action.EXPORT, Action.UNMASK], RowScope.BUREAU])
}
rules['bureau_chief']?.push(['support.disclosure', see, RowScope.BUREAU], ['support.export', [Action.APPROVE], RowScope.BUREAU])
rules['operator']?.push(['support.audit', see, RowScope.ALL])
rules['seat_manager'] = rules['customer_manager'] ?? []

/** Rules that apply to somebody. */
export function grantsOf(person: PersonDocument): Grant[] {
  return person.roles.flatMap((role) => (rules[role] ?? []).map(([form, actions, scope]) => create(GrantSchema, { role, form, actions, scope })))
}
