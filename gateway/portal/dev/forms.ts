import { TaskKind } from '../src/rpc/crm/dispatch/v1/dispatch_pb'

type Titles = Record<string, [zh: string, en: string]>

const channel: Titles = { call: ['电话', 'Call'], visit: ['上门', 'Visit'], message: ['短信', 'Message'] }
const reason: Titles = { customer_absent: ['客户不在', 'Customer absent'], no_resource: ['无线路资源', 'No line resource'], other: ['其他', 'Other'] }

const greeting = { results: { delivered: ['已送达', 'Delivered'], not_reached: ['未联系上', 'Not reached'], refused: ['客户拒绝', 'Refused by customer'] } as Titles, fields: ['channel', 'note'], demands: { delivered: 'channel' } }
const works = { results: { done: ['已完成', 'Done'], postponed: ['改期', 'Postponed'], failed: ['未成功', 'Failed'] } as Titles, fields: ['new_date', 'reason', 'note'], demands: { postponed: 'new_date', failed: 'reason' } }
const booked = new Set([TaskKind.INSTALL, TaskKind.REMOVE, TaskKind.RELOCATE, TaskKind.VISIT])

/** A completion form as dispatch answers it. */
export function completionForm(kind: TaskKind, language: string): { schemaJson: string; uiSchemaJson: string } {
  const at = language === 'en' ? 1 : 0
  const form = booked.has(kind) ? works : greeting
  const choice = (title: [string, string], titles: Titles) => ({ type: 'string', title: title[at], oneOf: Object.entries(titles).map(([code, words]) => ({ const: code, title: words[at] })) })
  const fields: Record<string, object> = {
    channel: choice(['方式', 'Channel'], channel),
    reason: choice(['原因', 'Reason'], reason),
    new_date: { type: 'string', format: 'date', title: ['改约日期', 'New date'][at] },
    note: { type: 'string', minLength: 1, maxLength: 500, title: ['备注', 'Note'][at] },
  }
  const widgets: Record<string, string> = { channel: 'radio', reason: 'radio', new_date: 'date', note: 'textarea' }
  return {
    schemaJson: JSON.stringify({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { result_code: choice(['结果', 'Result'], form.results), ...Object.fromEntries(form.fields.map((name) => [name, fields[name]])) },
      required: ['result_code'],
      additionalProperties: false,
      allOf: Object.entries(form.demands).map(([code, name]) => ({ if: { properties: { result_code: { const: code } }, required: ['result_code'] }, then: { required: [name] } })),
    }),
    uiSchemaJson: JSON.stringify({ 'ui:order': ['result_code', ...form.fields], result_code: { 'ui:widget': 'radio' }, ...Object.fromEntries(form.fields.map((name) => [name, { 'ui:widget': widgets[name] }])) }),
  }
}
