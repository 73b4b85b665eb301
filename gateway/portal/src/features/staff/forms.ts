import type { RJSFSchema, UiSchema } from '@rjsf/utils'

import type { Speech } from '@/app/i18n'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import type { Written } from '@/shared/form/Fields'

import { positions } from '../access/positions'

type Words = Pick<Speech, 't'>

/** Every field of a person, as forms ask for it. */
export function staffFields({ t }: Words): Record<string, RJSFSchema> {
  return {
    staff_number: { type: 'string', title: t('staff.field.staff_number'), minLength: 1, maxLength: 20, pattern: '^[A-Za-z0-9._-]+$', description: t('staff.numberHint') },
    name: { type: 'string', title: t('staff.field.name'), minLength: 1, maxLength: 100 },
    phone: { type: 'string', title: t('staff.field.phone'), maxLength: 30, pattern: '^[+0-9 -]*$' },
    unit_id: { type: 'string', title: t('staff.field.unit_id'), minLength: 1 },
    also_unit_ids: { type: 'array', title: t('staff.field.also_unit_ids'), items: { type: 'string' }, description: t('staff.alsoHint') },
    positions: { type: 'array', title: t('staff.field.positions'), minItems: 1, uniqueItems: true, items: { type: 'string', oneOf: positions.map((position) => ({ const: position, title: t(`role.${position}`) })) } },
    valid_from: { type: 'string', format: 'date', title: t('staff.field.valid_from') },
    valid_to: { type: 'string', format: 'date', title: t('staff.field.valid_to') },
    successor: { type: 'string', title: t('staff.field.successor') },
    reason: { type: 'string', title: t('staff.field.reason'), minLength: 1, maxLength: 300 },
  }
}

/** How each is asked for. */
export const staffUi: UiSchema = {
  unit_id: { 'ui:widget': 'unit' },
  also_unit_ids: { 'ui:widget': 'units', 'ui:options': { kinds: [UnitKind.BUREAU, UnitKind.COUNTY_COMPANY, UnitKind.COMMUNITY] } },
  positions: { 'ui:widget': 'checkboxes' },
  valid_from: { 'ui:widget': 'date' },
  valid_to: { 'ui:widget': 'date' },
  successor: { 'ui:widget': 'person' },
  reason: { 'ui:widget': 'textarea' },
}

/** A form of some of the fields. */
export function staffSchema(words: Words, names: string[], required: string[]): RJSFSchema {
  const all = staffFields(words)
  return { type: 'object', required, properties: Object.fromEntries(names.map((name) => [name, all[name] ?? {}])) }
}

/** A word that was written, without the blanks around it. */
export function written(data: Written, name: string): string {
  const value = data[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** Words that were chosen. */
export function chosen(data: Written, name: string): string[] {
  const value = data[name]
  return Array.isArray(value) ? value.map(String) : []
}
