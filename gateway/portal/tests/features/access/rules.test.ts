import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { byService, exceptions, formsThatDiffer, incomplete, merged, newRule, rightOf, rightsOf, rulesOf, sameForm, shownElsewhere, startedFrom, withColumn, withForm } from '@/features/access/rules'
import { Action, ColumnRight, FormDeclarationSchema, GrantSchema, RowScope, Sensitivity, type Grant } from '@/rpc/crm/common/v1/access_pb'
import { RoleSchema } from '@/rpc/crm/support/v1/access_pb'

const form = create(FormDeclarationSchema, {
  name: 'customer.customer',
  actions: [Action.SEE, Action.CHANGE, Action.EXPORT],
  columns: [{ column: 'name' }, { column: 'phone', sensitivity: Sensitivity.PHONE }, { column: 'subscribers.number', sensitivity: Sensitivity.PHONE }, { column: 'subscribers.product' }],
})
const rule = (actions: Action[], scope: RowScope, more: Partial<Grant> = {}) => create(GrantSchema, { role: 'r', form: form.name, actions, scope, ...more } as never)
const column = (name: string) => {
  const found = form.columns.find((one) => one.column === name)
  if (!found) throw new Error(name)
  return found
}

describe('rules about a form', () => {
  it('with the same reach are said in one, refusals last', () => {
    const rules = merged([rule([Action.SEE], RowScope.ALL, { refuse: true }), rule([Action.CHANGE], RowScope.OWN), rule([Action.SEE], RowScope.OWN), rule([Action.SEE], RowScope.BUREAU)])
    expect(rules.map(({ actions, scope, refuse }) => [actions, scope, refuse])).toEqual([
      [[Action.SEE, Action.CHANGE], RowScope.OWN, false],
      [[Action.SEE], RowScope.BUREAU, false],
      [[Action.SEE], RowScope.ALL, true],
    ])
  })

  it('with other columns or units are not', () => {
    expect(merged([rule([Action.SEE], RowScope.UNITS, { unitIds: ['a'] }), rule([Action.CHANGE], RowScope.UNITS, { unitIds: ['b'] })])).toHaveLength(2)
    expect(merged([rule([Action.SEE], RowScope.OWN), withColumn(rule([Action.CHANGE], RowScope.OWN), 'phone', ColumnRight.READ)])).toHaveLength(2)
  })

  it('mean the same however they are cut and whatever their ids', () => {
    const one = create(RoleSchema, { name: 'r', rules: [rule([Action.SEE, Action.CHANGE], RowScope.OWN, { id: 'x' })] })
    const other = create(RoleSchema, { name: 'r', rules: [rule([Action.CHANGE], RowScope.OWN), rule([Action.SEE], RowScope.OWN)] })
    expect(sameForm(one, other, form.name)).toBe(true)
    expect(sameForm(one, undefined, form.name)).toBe(false)
    expect(formsThatDiffer(one, withForm(other, form.name, [rule([Action.SEE], RowScope.ALL)]))).toEqual([form.name])
  })
})

describe('a column', () => {
  const reading = rule([Action.SEE], RowScope.OWN)
  const writing = rule([Action.SEE, Action.CHANGE], RowScope.OWN)
  it.each([
    ['name', reading, ColumnRight.READ],
    ['name', writing, ColumnRight.WRITE],
    ['phone', writing, ColumnRight.MASKED],
    ['phone', withColumn(writing, 'phone', ColumnRight.WRITE), ColumnRight.WRITE],
    ['phone', withColumn(reading, 'phone', ColumnRight.WRITE), ColumnRight.READ],
    ['phone', { ...writing, otherColumns: ColumnRight.HIDDEN }, ColumnRight.HIDDEN],
    ['name', { ...writing, otherColumns: ColumnRight.READ }, ColumnRight.READ],
    ['subscribers.product', withColumn(writing, 'subscribers', ColumnRight.HIDDEN), ColumnRight.HIDDEN],
    ['subscribers.number', withColumn(writing, 'subscribers', ColumnRight.WRITE), ColumnRight.MASKED],
  ])('%s is as far open as the engine opens it', (name, by, right) => {
    expect(rightOf(by, column(name))).toBe(right)
  })

  it('goes back to its default', () => {
    const named = withColumn(writing, 'name', ColumnRight.HIDDEN)
    expect(rightOf(withColumn(named, 'name', ColumnRight.UNSPECIFIED), column('name'))).toBe(ColumnRight.WRITE)
  })

  it('can be written only where the row can', () => {
    expect(rightsOf(reading)).toEqual([ColumnRight.HIDDEN, ColumnRight.MASKED, ColumnRight.READ])
    expect(rightsOf(writing)).toContain(ColumnRight.WRITE)
  })

  it('is named apart where it is not as most are', () => {
    const found = exceptions(withColumn(writing, 'name', ColumnRight.READ), form).map(([right, columns]) => [right, columns.map((one) => one.column)])
    expect(found).toEqual([[ColumnRight.READ, ['name']], [ColumnRight.MASKED, ['phone', 'subscribers.number']]])
  })
})

it('a new rule reaches what no other one reaches yet', () => {
  expect(newRule('r', form, []).scope).toBe(RowScope.OWN)
  expect(newRule('r', form, [rule([Action.SEE], RowScope.OWN)]).scope).toBe(RowScope.OWN_CUSTOMERS)
  expect(newRule('r', form, [], true)).toMatchObject({ refuse: true, scope: RowScope.ALL })
})

it('a role started from a template has its rules under its own name and without their ids', () => {
  const template = create(RoleSchema, { name: 'customer_manager', builtIn: true, rules: [rule([Action.SEE], RowScope.OWN, { id: 'customer_manager:customer.customer:own' })] })
  const role = startedFrom(create(RoleSchema, { name: 'helper', titleZh: '协办' }), template)
  expect(role).toMatchObject({ name: 'helper', titleZh: '协办', builtIn: false })
  expect(role.rules.map(({ id, role: of }) => [id, of])).toEqual([['', 'helper']])
  expect(rulesOf(role, form.name)).toHaveLength(1)
})

it('a rule for chosen units without units is not complete', () => {
  expect(incomplete(create(RoleSchema, { rules: [rule([Action.SEE], RowScope.UNITS)] }))).toBe(true)
  expect(incomplete(create(RoleSchema, { rules: [rule([Action.SEE], RowScope.UNITS, { unitIds: ['a'] })] }))).toBe(false)
})

it('forms stand under their service', () => {
  expect(byService([form, create(FormDeclarationSchema, { name: 'dispatch.task' }), create(FormDeclarationSchema, { name: 'customer.owner' })]).map(([service, forms]) => [service, forms.length])).toEqual([['customer', 2], ['dispatch', 1]])
})

describe('a value in more than one column', () => {
  const archive = create(FormDeclarationSchema, {
    name: 'customer.customer',
    columns: [
      { column: 'phone', sensitivity: Sensitivity.PHONE, alsoIn: ['customer.customer/subscribers.number', 'customer.appointment/contact_phone', 'gone.form/phone'] },
      { column: 'subscribers.number', sensitivity: Sensitivity.PHONE, alsoIn: ['customer.customer/phone'] },
    ],
  })
  const booking = create(FormDeclarationSchema, { name: 'customer.appointment', columns: [{ column: 'contact_phone', sensitivity: Sensitivity.PHONE }] })
  const [phone] = archive.columns
  const see = (form: string, columns: Grant['columns'], refuse = false) => create(GrantSchema, { form, scope: RowScope.OWN, actions: [Action.SEE], columns, refuse })
  const told = (rules: Grant[], right: ColumnRight) => (phone ? shownElsewhere(create(RoleSchema, { rules }), [archive, booking], phone, right).map((one) => `${one.form.name}/${one.column.column}`) : [])
  const named = (column: string, right: ColumnRight) => create(GrantSchema, { columns: [{ column, right }] }).columns

  it('is said to stay visible where another column is open further', () => {
    const rules = [see('customer.customer', named('subscribers.number', ColumnRight.READ)), see('customer.appointment', named('contact_phone', ColumnRight.READ))]
    expect(told(rules, ColumnRight.MASKED)).toEqual(['customer.customer/subscribers.number', 'customer.appointment/contact_phone'])
    expect(told(rules, ColumnRight.READ)).toEqual([])
  })

  it('is not where the others are closed as far, refused, or not the role’s to see', () => {
    expect(told([see('customer.customer', [])], ColumnRight.MASKED)).toEqual([])
    expect(told([see('customer.customer', [])], ColumnRight.HIDDEN)).toEqual(['customer.customer/subscribers.number'])
    expect(told([see('customer.appointment', named('contact_phone', ColumnRight.HIDDEN), true)], ColumnRight.MASKED)).toEqual([])
    expect(told([], ColumnRight.HIDDEN)).toEqual([])
  })
})
