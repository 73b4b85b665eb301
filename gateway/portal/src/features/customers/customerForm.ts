import { create } from '@bufbuild/protobuf'
import type { RJSFSchema, UiSchema } from '@rjsf/utils'

import type { Speech } from '@/app/i18n'
import type { ColumnStates } from '@/rpc/crm/common/v1/access_pb'
import { BirthdaySchema, CustomerGroup, CustomerKind, CustomerSchema, type Birthday, type Customer, type ExtraField } from '@/rpc/crm/customer/v1/customer_pb'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import type { Written } from '@/shared/form/Fields'

import { extraSchema, keyOf, pathOf, writableExtras } from './extraFields'
import { customerKindText, groupText } from './words'

type Words = Pick<Speech, 't' | 'language'>

/** Columns of a customer that people change, in the order in which they are asked for. */
export const columns = ['name', 'kind', 'group', 'phone', 'address', 'id_card', 'birthday', 'store_anniversary', 'joined_on', 'note'] as const
type Column = (typeof columns)[number]

/** Where the customer is: rules go by it, so no rule of columns holds for it. */
const PLACE = 'community_id'

const kinds = [CustomerKind.HOUSEHOLD, CustomerKind.BUSINESS]
const groups = [CustomerGroup.PUBLIC, CustomerGroup.BUSINESS, CustomerGroup.KEY_ACCOUNT]

/** How a column of this customer is met: left out, shown as it is, or asked for. */
export type Opened = 'hidden' | 'masked' | 'read' | 'write'

/** How far a column is open to the person. */
export function openedTo(states: ColumnStates | undefined, column: string): Opened {
  if (states?.hidden.includes(column)) return 'hidden'
  if (states?.masked.includes(column)) return 'masked'
  return states?.readOnly.includes(column) ? 'read' : 'write'
}

/** Columns that the person may change on this customer. */
export function writable(states: ColumnStates | undefined): Column[] {
  return columns.filter((column) => openedTo(states, column) === 'write')
}

function schemas({ t }: Pick<Speech, 't'>): Record<Column, RJSFSchema> {
  const title = (column: Column) => t(`customer.field.${column}`)
  const among = (values: number[], text: (value: number) => string): RJSFSchema => ({ type: 'integer', oneOf: values.map((value) => ({ const: value, title: text(value) })) })
  return {
    name: { type: 'string', title: title('name'), minLength: 1, maxLength: 100 },
    kind: { title: title('kind'), ...among(kinds, (kind) => customerKindText(kind, t)) },
    group: { title: title('group'), ...among(groups, (group) => groupText(group, t)) },
    phone: { type: 'string', title: title('phone'), maxLength: 30, pattern: '^[+0-9 -]*$' },
    address: { type: 'string', title: title('address'), maxLength: 300 },
    id_card: { type: 'string', title: title('id_card'), maxLength: 30, pattern: '^[0-9A-Za-z-]*$' },
    birthday: {
      type: 'object',
      title: title('birthday'),
      dependentRequired: { month: ['day'], day: ['month'], year: ['month', 'day'] },
      properties: {
        month: { type: 'integer', title: t('customer.birthday.month'), minimum: 1, maximum: 12 },
        day: { type: 'integer', title: t('customer.birthday.day'), minimum: 1, maximum: 31 },
        year: { type: 'integer', title: t('customer.birthday.year'), minimum: 1900, maximum: 2100 },
        lunar: { type: 'boolean', title: t('customer.birthday.lunar') },
        leap_month: { type: 'boolean', title: t('customer.birthday.leapMonth') },
      },
    },
    store_anniversary: { type: 'string', format: 'date', title: title('store_anniversary') },
    joined_on: { type: 'string', format: 'date', title: title('joined_on') },
    note: { type: 'string', title: title('note'), maxLength: 1000 },
  }
}

const asked: UiSchema = {
  kind: { 'ui:widget': 'radio' },
  group: { 'ui:widget': 'radio' },
  store_anniversary: { 'ui:widget': 'date' },
  joined_on: { 'ui:widget': 'date' },
  note: { 'ui:widget': 'textarea' },
  [PLACE]: { 'ui:widget': 'unit', 'ui:options': { kinds: [UnitKind.COMMUNITY] } },
}

/** The form of a customer as far as the columns are open: hidden ones are not in it, masked and read ones stand there as they are. */
export function customerForm(speech: Words, { columns: states, extra: held }: Customer, extras: ExtraField[] = []): { schema: RJSFSchema; ui: UiSchema } {
  const { t } = speech
  const all = schemas(speech)
  const properties: Record<string, RJSFSchema> = {}
  const ui: UiSchema = { ...asked }
  for (const column of columns) {
    const opened = openedTo(states, column)
    const own = all[column]
    if (opened === 'write') properties[column] = own
    // The page shows it already, in words.
    if ((opened === 'masked' || opened === 'read') && column !== 'birthday') {
      // What is shown need not be what may be written: stars are no telephone number.
      properties[column] = { title: own.title ?? column, description: t(`customer.edit.${opened}`), ...(own.oneOf ? { type: 'integer', oneOf: own.oneOf } : { type: 'string' }) }
      ui[column] = { ...(own.oneOf ? { 'ui:widget': 'radio' } : {}), 'ui:disabled': true }
    }
  }
  properties[PLACE] = { type: 'string', title: t('customer.field.community_id'), minLength: 1 }
  for (const field of extras) {
    const asked = extraSchema(field, extras, held[field.name] ?? '', speech)
    properties[keyOf(field)] = asked.schema
    ui[keyOf(field)] = asked.ui
  }
  const required = ['name', 'kind', 'group'].filter((column) => openedTo(states, column) === 'write')
  return { schema: { type: 'object', required: [...required, PLACE], properties }, ui }
}

/** A birthday as the form asks for it; nothing while none is known. */
function birthdayValues(birthday: Birthday | undefined): Written | undefined {
  if (!birthday || birthday.month === 0) return undefined
  const { month, day, year, lunar, leapMonth } = birthday
  return { month, day, ...(year ? { year } : {}), ...(lunar ? { lunar } : {}), ...(leapMonth ? { leap_month: leapMonth } : {}) }
}

/** A birthday as the service takes it; nothing where no day is given. */
function readBirthday(written: unknown): Birthday | undefined {
  const { month, day, year, lunar, leap_month: leapMonth } = (written ?? {}) as Record<string, unknown>
  if (!month || !day) return undefined
  // A leap month is one of the lunar calendar.
  return create(BirthdaySchema, { month: Number(month), day: Number(day), year: Number(year ?? 0), lunar: lunar === true || leapMonth === true, leapMonth: leapMonth === true })
}

/** What stands in the form at first. */
export function valuesOf(customer: Customer, extras: ExtraField[] = []): Written {
  const values: Written = {
    name: customer.name,
    kind: customer.kind || undefined,
    group: customer.group || undefined,
    phone: customer.phone,
    address: customer.address,
    id_card: customer.idCard,
    birthday: birthdayValues(customer.birthday),
    store_anniversary: customer.storeAnniversary,
    joined_on: customer.joinedOn,
    note: customer.note,
    [PLACE]: customer.communityId,
    ...Object.fromEntries(extras.map((field) => [keyOf(field), customer.extra[field.name] ?? ''])),
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined))
}

const text = (values: Written, name: string) => {
  const value = values[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** A value in a form that can be compared. */
function told(values: Written, name: string): string {
  const value = name === 'birthday' ? readBirthday(values[name]) : values[name]
  if (value === undefined || value === '') return ''
  return typeof value === 'string' ? value.trim() : JSON.stringify(value)
}

/** The fields that a person has changed, among those they may change; what others changed meanwhile is not among them. */
export function changedFields(before: Written, after: Written, states: ColumnStates | undefined, extras: ExtraField[] = []): string[] {
  const differs = (name: string) => told(before, name) !== told(after, name)
  return [...[...writable(states), PLACE].filter(differs), ...writableExtras(extras).filter((field) => differs(keyOf(field))).map(pathOf)]
}

/** The new values as the service takes them. */
export function customerOf(values: Written, extras: ExtraField[] = []): Customer {
  const birthday = readBirthday(values['birthday'])
  return create(CustomerSchema, {
    name: text(values, 'name'),
    kind: Number(values['kind'] ?? 0),
    group: Number(values['group'] ?? 0),
    phone: text(values, 'phone'),
    address: text(values, 'address'),
    idCard: text(values, 'id_card'),
    ...(birthday ? { birthday } : {}),
    storeAnniversary: text(values, 'store_anniversary'),
    joinedOn: text(values, 'joined_on'),
    note: text(values, 'note'),
    communityId: text(values, PLACE),
    extra: Object.fromEntries(writableExtras(extras).map((field) => [field.name, text(values, keyOf(field))])),
  })
}
