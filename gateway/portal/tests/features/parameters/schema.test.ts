import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { en } from '@/app/i18n/en'
import { findText, translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { directory } from '@/app/units'
import { isOwn, levelOf, originText } from '@/features/parameters/origin'
import { groupOf } from '@/features/parameters/queries'
import { inWords, meaningOf, rangeText, readValue, titleOf, uiOf, valueText, type Declared } from '@/features/parameters/schema'
import { ParameterViewSchema } from '@/rpc/crm/support/v1/parameters_pb'
import { UnitKind, UnitSchema } from '@/rpc/crm/support/v1/support_pb'
import { validate } from '@/shared/form/validator'

const words = (catalogue: typeof en, language: 'zh-CN' | 'en') => {
  const t = translator(catalogue)
  return { t, language, find: (key: string, values?: Record<string, string | number>) => findText(t, catalogue, key, values) }
}
const chinese = words(zh, 'zh-CN')
const english = words(en, 'en')

const days: Declared = { type: 'integer', minimum: 1, maximum: 180, title: '沉默天数', 'x-unit': 'days', 'x-text': { zh: { title: '沉默天数', description: '多少天' }, en: { title: 'Silent days', description: 'How many days' } } }

describe('a declared schema', () => {
  it('is titled in the person’s language', () => {
    expect([titleOf(days, chinese), titleOf(days, english)]).toEqual(['沉默天数', 'Silent days'])
    expect(meaningOf(days, english)).toBe('How many days')
    expect(titleOf({ title: 'Plain' }, english)).toBe('Plain')
  })

  it('becomes a form that refuses what is out of range', () => {
    const schema = { type: 'object', properties: { value: inWords(days, english) }, required: ['value'] } as const
    expect(validate(schema as never, { value: 0 }).map((error) => error.name)).toEqual(['minimum'])
    expect(validate(schema as never, { value: 15 })).toEqual([])
    expect(uiOf(days, chinese)).toEqual({ 'ui:widget': 'updown', 'ui:options': { suffix: '天' } })
  })

  it('has choices, switches and lists in words', () => {
    const choice: Declared = { type: 'string', oneOf: [{ const: 'wide', 'x-text': { zh: { title: '宽松' }, en: { title: 'Wide' } } } as never] }
    expect(inWords(choice, english).oneOf).toMatchObject([{ const: 'wide', title: 'Wide' }])
    expect(inWords({ type: 'boolean' }, chinese).oneOf).toEqual([{ const: true, title: '是' }, { const: false, title: '否' }])
    expect(uiOf({ type: 'boolean' }, chinese)).toEqual({ 'ui:widget': 'radio' })
    expect(uiOf({ type: 'array', items: { type: 'integer' } }, english)['ui:widget']).toBe('values')
  })
})

describe('a value', () => {
  it('is said with its unit', () => {
    expect(valueText(days, 20, chinese)).toBe('20\u00a0天')
    expect(valueText(days, 20, english)).toBe('20\u00a0days')
    expect(valueText({ type: 'integer', 'x-unit': 'percent' }, 30, english)).toBe('30%')
    expect(valueText({ type: 'number', 'x-unit': 'furlongs' }, 1234.5, english)).toBe('1,234.5\u00a0furlongs')
  })

  it('is said whatever its shape', () => {
    expect(valueText({ type: 'boolean' }, false, chinese)).toBe('否')
    expect(valueText({ type: 'array', items: { type: 'integer' }, 'x-unit': 'days' }, [60, 30], chinese)).toBe('60、30\u00a0天')
    expect(valueText({ type: 'array', items: { type: 'integer' } }, [], english)).toBe('None')
    const hours: Declared = { type: 'object', properties: { from: { type: 'string', 'x-text': { en: { title: 'From' } } } as Declared } }
    expect(valueText(hours, { from: '08:30' }, english)).toBe('From 08:30')
    expect(valueText(days, undefined, chinese)).toBe('—')
  })

  it('is read with care', () => {
    expect([readValue('20'), readValue(''), readValue('{broken')]).toEqual([20, undefined, undefined])
  })

  it('has a range', () => {
    expect(rangeText(days, chinese)).toBe('1 – 180\u00a0天')
    expect(rangeText({ type: 'integer', minimum: 0, 'x-unit': 'percent' }, english)).toBe('≥ 0%')
    expect(rangeText({ type: 'boolean' }, english)).toBe('')
  })
})

describe('where a value is from', () => {
  const units = directory([
    create(UnitSchema, { id: 'br', name: '市分公司', kind: UnitKind.BRANCH }),
    create(UnitSchema, { id: 'b1', name: '城关局', kind: UnitKind.BUREAU, parentId: 'br' }),
    create(UnitSchema, { id: 'c1', name: '翠湖社区', kind: UnitKind.COMMUNITY, parentId: 'b1' }),
    create(UnitSchema, { id: 'd1', name: '网络部', kind: UnitKind.DEPARTMENT, parentId: 'br' }),
  ])
  const view = (origin: string, fromUnitId: string) => create(ParameterViewSchema, { origin, fromUnitId })

  it('says own, inherited or default', () => {
    expect(originText(view('DEFAULT', ''), '', units, chinese)).toBe('系统默认')
    expect(originText(view('BRANCH', ''), '', units, chinese)).toBe('本单位设置')
    expect(originText(view('BRANCH', ''), 'c1', units, chinese)).toBe('来自市分公司')
    expect(originText(view('BUREAU', 'b1'), 'c1', units, english)).toBe('From 城关局')
    expect([isOwn(view('BUREAU', 'b1'), 'b1'), isOwn(view('BUREAU', 'b1'), 'c1'), isOwn(view('DEFAULT', ''), '')]).toEqual([true, false, false])
  })

  it('knows the level of a unit', () => {
    expect(['', 'b1', 'c1', 'd1', 'gone'].map((id) => levelOf(id, units))).toEqual(['branch', 'bureau', 'community', undefined, undefined])
  })

  it('shows a group nobody knows with the others', () => {
    expect([groupOf('alerts'), groupOf('novel')]).toEqual(['alerts', 'other'])
  })
})
