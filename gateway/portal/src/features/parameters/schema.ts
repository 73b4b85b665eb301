import type { RJSFSchema, UiSchema } from '@rjsf/utils'

import type { Speech } from '@/app/i18n'
import { fullDayText } from '@/shared/dates'

type Words = Pick<Speech, 't' | 'find' | 'language'>

/** Texts that a service declares beside its schema. */
interface Texts {
  title?: string
  description?: string
}

/** A schema as a service declares it, with its texts in both languages and its unit. */
export type Declared = RJSFSchema & { 'x-text'?: Record<string, Texts | string>; 'x-unit'?: string; 'x-column'?: boolean }

/** Reads a declared schema. */
export function readSchema(json: string): Declared {
  return JSON.parse(json) as Declared
}

/** Reads a value; undefined where there is none or it cannot be read. */
export function readValue(json: string): unknown {
  try {
    return json === '' ? undefined : (JSON.parse(json) as unknown)
  } catch {
    return undefined
  }
}

function textsOf(schema: Declared, language: Speech['language']): Texts {
  const said = schema['x-text']?.[language === 'zh-CN' ? 'zh' : 'en']
  return typeof said === 'string' ? { title: said } : (said ?? {})
}

function asSchema(part: unknown): Declared {
  return typeof part === 'object' && part !== null ? (part as Declared) : {}
}

/** What a parameter is called, and what it means. */
export function titleOf(schema: Declared, words: Words): string {
  return textsOf(schema, words.language).title ?? schema.title ?? ''
}

/** What a parameter means. */
export function meaningOf(schema: Declared, words: Words): string {
  return textsOf(schema, words.language).description ?? schema.description ?? ''
}

/** The unit of a value, in words. */
export function unitOf(schema: Declared, { find }: Words): string {
  const unit = schema['x-unit'] ?? ''
  return unit === '' ? '' : (find(`parameter.unit.${unit}`) ?? unit)
}

/** A schema in the person's language, as the form takes it. */
export function inWords(schema: Declared, words: Words): RJSFSchema {
  const texts = textsOf(schema, words.language)
  const choices = schema.oneOf?.map((choice) => ({ ...asSchema(choice), title: titleOf(asSchema(choice), words) || String(asSchema(choice).const) }))
  return {
    ...schema,
    ...(texts.title ? { title: texts.title } : {}),
    ...(texts.description ? { description: texts.description } : {}),
    ...(choices ? { oneOf: choices } : {}),
    ...(schema.properties ? { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, part]) => [name, inWords(asSchema(part), words)])) } : {}),
    ...(schema.items && !Array.isArray(schema.items) ? { items: inWords(asSchema(schema.items), words) } : {}),
    ...(schema.type === 'boolean' ? { oneOf: [{ const: true, title: words.t('parameter.yes') }, { const: false, title: words.t('parameter.no') }] } : {}),
  } as RJSFSchema
}

function among(schema: Declared): boolean {
  return schema.oneOf !== undefined || schema.enum !== undefined
}

/** True where a value, or one of several, names a column of an archive form. */
export function namesColumns(schema: Declared): boolean {
  return schema['x-column'] === true || (schema.items !== undefined && asSchema(schema.items)['x-column'] === true)
}

/** A column that can be named, and how people call it. */
export interface Choice {
  value: string
  label: string
}

/** How the form asks for it; `columns` are those that may be named. */
export function uiOf(schema: Declared, words: Words, columns: Choice[] = []): UiSchema {
  if (schema.type === 'object') return { 'ui:label': false, ...Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, uiOf(asSchema(part), words, columns)])) }
  if (schema.type === 'array') {
    if (among(asSchema(schema.items))) return { 'ui:widget': 'checkboxes' }
    return { 'ui:widget': 'values', 'ui:options': namesColumns(schema) ? { among: columns, hint: words.t('parameter.columnsHint') } : { hint: words.t('parameter.valuesHint') } }
  }
  if (schema.type === 'boolean' || among(schema)) return { 'ui:widget': 'radio' }
  if (schema.type === 'integer' || schema.type === 'number') return { 'ui:widget': 'updown', 'ui:options': { suffix: unitOf(schema, words) } }
  if (schema.format === 'date') return { 'ui:widget': 'date' }
  return {}
}

function numberText(value: number, { language }: Words): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 6 }).format(value)
}

/** A value with its unit, as people say it. */
export function valueText(schema: Declared, value: unknown, words: Words): string {
  const { t, language } = words
  if (value === undefined || value === null || value === '') return '—'
  const named = schema.oneOf?.map(asSchema).find((choice) => choice.const === value)
  if (named) return titleOf(named, words) || String(value)
  const unit = unitOf(schema, words)
  if (typeof value === 'boolean') return t(value ? 'parameter.yes' : 'parameter.no')
  if (typeof value === 'number') return unit ? `${numberText(value, words)}${unit === '%' ? '' : '\u00a0'}${unit}` : numberText(value, words)
  if (Array.isArray(value)) {
    if (value.length === 0) return t('parameter.nothing')
    const parts = value.map((one) => valueText(asSchema(schema.items), one, words)).join(t('list.comma'))
    return unit ? `${parts}\u00a0${unit}` : parts
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, part]) => {
        const inner = asSchema(schema.properties?.[name])
        return `${titleOf(inner, words) || name} ${valueText(inner, part, words)}`
      })
      .join(' · ')
  }
  return schema.format === 'date' ? fullDayText(String(value), language) : `${String(value)}${unit ? `\u00a0${unit}` : ''}`
}

/** What a value may be, as people say it: `1 – 90 天`. */
export function rangeText(schema: Declared, words: Words): string {
  const { minimum, maximum, exclusiveMinimum: above } = schema
  const unit = unitOf(schema, words)
  if (schema.type === 'object') {
    return Object.values(schema.properties ?? {})
      .map(asSchema)
      .map((part) => [titleOf(part, words), rangeText(part, words)])
      .filter(([, range]) => range !== '')
      .map((told) => told.join(' '))
      .join(' · ')
  }
  const number = (value: number) => numberText(value, words)
  const low = minimum === undefined ? (above === undefined ? undefined : `> ${number(above)}`) : `≥ ${number(minimum)}`
  const high = maximum === undefined ? undefined : `≤ ${number(maximum)}`
  const range = minimum !== undefined && maximum !== undefined ? `${number(minimum)} – ${number(maximum)}` : [low, high].filter(Boolean).join(words.t('list.comma'))
  if (range === '') return ''
  return unit ? `${range}${unit === '%' ? '' : '\u00a0'}${unit}` : range
}
