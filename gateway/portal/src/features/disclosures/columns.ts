/** The columns of the archive's and the tasks' forms, as their contract has them. */
import { getOption, type DescMessage } from '@bufbuild/protobuf'

import type { Language } from '@/app/i18n/language'
import { column as columnOption, form as formOption, type ColumnStates } from '@/rpc/crm/common/v1/access_pb'
import { AccountSchema, AddressSchema, AppointmentSchema, ContactSchema, CustomerSchema, SubscriberSchema } from '@/rpc/crm/customer/v1/customer_pb'
import { TaskSchema } from '@/rpc/crm/dispatch/v1/dispatch_pb'

/** A column with its titles. */
export interface ColumnOfForm {
  path: string
  titleZh: string
  titleEn: string
}

/** Columns of a record: what rules may open or close. */
export function columnsOf(record: DescMessage): ColumnOfForm[] {
  const { prefix } = getOption(record, formOption)
  return record.fields.flatMap((field) => {
    const said = getOption(field, columnOption)
    return said.key || !said.titleZh ? [] : [{ path: prefix ? `${prefix}.${field.name}` : field.name, titleZh: said.titleZh, titleEn: said.titleEn }]
  })
}

const records = [CustomerSchema, AccountSchema, SubscriberSchema, ContactSchema, AddressSchema, AppointmentSchema, TaskSchema]

/** What a form's column is called; its path where the contract does not say. */
export function columnTitle(form: string, path: string, language: Language): string {
  for (const record of records) {
    if (getOption(record, formOption).name !== form) continue
    const found = columnsOf(record).find((one) => one.path === path)
    if (found) return language === 'zh-CN' ? found.titleZh : found.titleEn
  }
  return path
}

/** What a form is called. */
export function formTitle(form: string, language: Language): string {
  const found = records.map((record) => getOption(record, formOption)).find(({ name, titleZh }) => name === form && titleZh !== '')
  if (!found) return form
  return language === 'zh-CN' ? found.titleZh : found.titleEn
}

/** Says whether nothing of a column that is no text is shown to the caller: what cannot be masked is left out. */
export function closes(states: ColumnStates | undefined, path: string): boolean {
  return hides(states, path) || (states?.masked.includes(path) ?? false)
}

/** Says whether a column is left out for the caller. */
export function hides(states: ColumnStates | undefined, path: string): boolean {
  return states?.hidden.includes(path) ?? false
}
