/** Fields that the branch has added to customers: how the page calls them, asks for them and reads what was written. */
import type { RJSFSchema } from '@rjsf/utils'

import type { Speech } from '@/app/i18n'
import type { Language } from '@/app/i18n/language'
import { ColumnRight } from '@/rpc/crm/common/v1/access_pb'
import type { ExtraField } from '@/rpc/crm/customer/v1/customer_pb'
import { fullDayText } from '@/shared/dates'

const longest = 500

/** The path of a field: in rules, in the history, and in what is sent. */
export function pathOf(field: ExtraField): string {
  return `extra.${field.name}`
}

/** What a field is called within a form, where a dot would part it. */
export function keyOf(field: ExtraField): string {
  return `extra_${field.name}`
}

/** What people call a field; with its name where another one has the same title. */
export function extraTitle(field: ExtraField, fields: ExtraField[], language: Language): string {
  const title = (one: ExtraField) => (language === 'en' ? one.titleEn : one.titleZh) || one.name
  const alone = fields.every((other) => other.name === field.name || title(other) !== title(field))
  return alone ? title(field) : `${title(field)} (${field.name})`
}

/** What people call the field at a path of the history; nothing where there is no such field. */
export function titleAt(path: string, fields: ExtraField[], language: Language): string | undefined {
  const field = fields.find((one) => pathOf(one) === path)
  return field && extraTitle(field, fields, language)
}

/** A value as it is shown: a masked one as it came. */
export function extraText(field: ExtraField, value: string, language: Language): string {
  return field.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? fullDayText(value, language) : value
}

/** Fields that the person may change on this customer. */
export function writableExtras(fields: ExtraField[]): ExtraField[] {
  return fields.filter((field) => field.right === ColumnRight.WRITE)
}

/** How a field is asked for; one that may only be seen stands there as it is. */
export function extraSchema(field: ExtraField, fields: ExtraField[], held: string, { t, language }: Pick<Speech, 't' | 'language'>): { schema: RJSFSchema; ui: Record<string, unknown> } {
  const title = extraTitle(field, fields, language)
  if (field.right !== ColumnRight.WRITE) {
    const why = t(field.right === ColumnRight.MASKED ? 'customer.edit.masked' : 'customer.edit.read')
    return { schema: { type: 'string', title, description: why }, ui: { 'ui:disabled': true } }
  }
  switch (field.kind) {
    case 'date':
      return { schema: { type: 'string', title, format: 'date' }, ui: { 'ui:widget': 'date' } }
    case 'number':
      return { schema: { type: 'string', title, description: t('customer.extra.number'), pattern: '^-?[0-9]{1,15}(\\.[0-9]{1,6})?$' }, ui: { 'ui:options': { inputMode: 'decimal' } } }
    case 'choice': {
      // What was chosen before the choices changed stays until another one is chosen.
      const choices = held && !field.choices.includes(held) ? [...field.choices, held] : field.choices
      const none = { const: '', title: t('customer.extra.none') }
      return { schema: { type: 'string', title, default: '', oneOf: [none, ...choices.map((choice) => ({ const: choice, title: choice }))] }, ui: { 'ui:widget': 'select' } }
    }
    default:
      return { schema: { type: 'string', title, maxLength: longest }, ui: {} }
  }
}
