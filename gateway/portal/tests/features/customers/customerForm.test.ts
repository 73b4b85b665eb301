import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { changedFields, customerForm, customerOf, openedTo, valuesOf, writable } from '@/features/customers/customerForm'
import { titleAt } from '@/features/customers/extraFields'
import { ColumnRight, ColumnStatesSchema } from '@/rpc/crm/common/v1/access_pb'
import { CustomerGroup, CustomerKind, CustomerSchema, ExtraFieldSchema } from '@/rpc/crm/customer/v1/customer_pb'
import { validate } from '@/shared/form/validator'

const words = { t: (key: string) => key, language: 'zh-CN' } as unknown as Parameters<typeof customerForm>[0]
const customer = create(CustomerSchema, {
  id: 'c1',
  name: '李四',
  kind: CustomerKind.HOUSEHOLD,
  group: CustomerGroup.PUBLIC,
  phone: '138****0000',
  address: '云州市翠湖路1号',
  communityId: 'u1',
  ownerNumber: 'm001',
  birthday: { month: 5, day: 12, year: 1980 },
  joinedOn: '2020-01-02',
})
const states = create(ColumnStatesSchema, { hidden: ['id_card'], masked: ['phone'], readOnly: ['name', 'kind'] })

describe('the form of a customer', () => {
  const { schema, ui } = customerForm(words, { ...customer, columns: states })

  it('leaves hidden columns out and shows closed ones as they are', () => {
    expect(Object.keys(schema.properties ?? {})).toEqual(['name', 'kind', 'group', 'phone', 'address', 'birthday', 'store_anniversary', 'joined_on', 'note', 'community_id'])
    expect(schema.properties?.['phone']).toEqual({ type: 'string', title: 'customer.field.phone', description: 'customer.edit.masked' })
    expect(schema.properties?.['name']).toEqual({ type: 'string', title: 'customer.field.name', description: 'customer.edit.read' })
    expect(['phone', 'name', 'kind', 'group'].map((column) => Boolean((ui[column] as Record<string, unknown> | undefined)?.['ui:disabled']))).toEqual([true, true, true, false])
    expect(schema.required).toEqual(['group', 'community_id'])
  })

  it('takes what stands there, stars and all', () => {
    expect(validate(schema, valuesOf(customer))).toEqual([])
  })

  it('refuses what no customer can have', () => {
    const open = customerForm(words, customer).schema
    expect(validate(open, { ...valuesOf(customer), phone: '138****0000' }).map((error) => error.property)).toEqual(['.phone'])
    expect(validate(open, { ...valuesOf(customer), phone: '1380000', name: '' }).map((error) => error.property)).toEqual(['.name'])
    expect(validate(open, { ...valuesOf(customer), phone: '', birthday: { month: 5 } }).length).toBeGreaterThan(0)
  })

  it('asks for every column where nothing is closed, and for none that is', () => {
    expect(writable(undefined)).toHaveLength(10)
    expect(writable(states)).toEqual(['group', 'address', 'birthday', 'store_anniversary', 'joined_on', 'note'])
    expect(['id_card', 'phone', 'name', 'note'].map((column) => openedTo(states, column))).toEqual(['hidden', 'masked', 'read', 'write'])
  })
})

describe('what is sent', () => {
  const before = valuesOf(customer)

  it('is what the person has changed, and no closed column', () => {
    expect(changedFields(before, before, states)).toEqual([])
    expect(changedFields(before, { ...before, note: '来电', phone: '13900000000', group: CustomerGroup.BUSINESS }, states)).toEqual(['group', 'note'])
    expect(changedFields(before, { ...before, community_id: 'u2' }, states)).toEqual(['community_id'])
    expect(changedFields(before, { ...before, address: ' 云州市翠湖路1号 ', note: '' }, states)).toEqual([])
  })

  it('takes a value away, and a birthday as a whole', () => {
    expect(changedFields(before, { ...before, address: undefined }, states)).toEqual(['address'])
    expect(changedFields(before, { ...before, birthday: { month: 5, day: 12, year: 1980, lunar: false } }, states)).toEqual([])
    const moved = { ...before, birthday: { month: 6, day: 10, leap_month: true } }
    expect(changedFields(before, moved, states)).toEqual(['birthday'])
    expect(customerOf(moved).birthday).toMatchObject({ month: 6, day: 10, year: 0, lunar: true, leapMonth: true })
    expect(customerOf({ ...before, birthday: {} }).birthday).toBeUndefined()
  })

  it('is what stood there where nothing was touched', () => {
    expect(customerOf(before)).toMatchObject({ name: '李四', kind: CustomerKind.HOUSEHOLD, address: '云州市翠湖路1号', joinedOn: '2020-01-02', communityId: 'u1', idCard: '' })
    expect(customerOf(before).birthday).toMatchObject({ month: 5, day: 12, year: 1980, lunar: false })
  })
})

describe('fields of the branch\'s own', () => {
  const field = (name: string, kind: string, right: ColumnRight, choices: string[] = []) => create(ExtraFieldSchema, { name, kind, right, choices, titleZh: `题${name}`, titleEn: name })
  const extras = [
    field('hobby', 'choice', ColumnRight.WRITE, ['钓鱼', '象棋']),
    field('moved_in', 'date', ColumnRight.WRITE),
    field('remark', 'text', ColumnRight.MASKED),
    field('rooms', 'number', ColumnRight.WRITE),
    field('size', 'number', ColumnRight.READ),
  ]
  const owner = { ...customer, phone: '13800000000', extra: { hobby: '围棋', remark: '**', rooms: '3', size: '90' } }
  const { schema, ui } = customerForm(words, owner, extras)
  const before = valuesOf(owner, extras)

  it('are asked for by their kind, and stand there as they are where they are closed', () => {
    expect(Object.keys(schema.properties ?? {}).slice(-6)).toEqual(['community_id', ...extras.map((one) => `extra_${one.name}`)])
    expect(schema.properties?.['extra_remark']).toEqual({ type: 'string', title: '题remark', description: 'customer.edit.masked' })
    expect(extras.map((one) => Boolean((ui[`extra_${one.name}`] as Record<string, unknown> | undefined)?.['ui:disabled']))).toEqual([false, false, true, false, true])
    // A choice that is none any more stays until another one is made.
    expect(validate(schema, before)).toEqual([])
    expect(validate(schema, { ...before, extra_hobby: '跳舞' })).not.toEqual([])
    for (const wrong of ['three', '1.2345678', '1'.repeat(16)]) expect(validate(schema, { ...before, extra_rooms: wrong }).map((error) => error.property)).toEqual(['.extra_rooms'])
  })

  it('are sent one by one, the closed ones never', () => {
    const after = { ...before, extra_hobby: '象棋', extra_rooms: undefined, extra_remark: 'x', extra_size: '91', extra_moved_in: '2020-02-29' }
    expect(changedFields(before, before, undefined, extras)).toEqual([])
    expect(changedFields(before, after, undefined, extras)).toEqual(['extra.hobby', 'extra.moved_in', 'extra.rooms'])
    expect(customerOf(after, extras).extra).toEqual({ hobby: '象棋', moved_in: '2020-02-29', rooms: '' })
  })

  it('are told apart where two are called alike', () => {
    const alike = [field('a', 'text', ColumnRight.WRITE), { ...field('b', 'text', ColumnRight.WRITE), titleZh: '题a' }]
    expect(titleAt('extra.b', alike, 'zh-CN')).toBe('题a (b)')
    expect(titleAt('extra.b', alike, 'en')).toBe('b')
    expect(titleAt('extra.c', alike, 'en')).toBeUndefined()
  })
})
