import { create } from '@bufbuild/protobuf'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'

import { SpeechProvider } from '@/app/i18n'
import { en } from '@/app/i18n/en'
import { findText, translator, type Catalogue } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { Differences, valueText } from '@/features/access/Differences'
import { Sentences } from '@/features/access/Matrix'
import { withColumn } from '@/features/access/rules'
import { columnsText, holderText, ruleText, validityText } from '@/features/access/words'
import { Action, ColumnRight, ColumnRuleSchema, FormDeclarationSchema, GrantSchema, RoleAssignmentSchema, RowScope, Sensitivity } from '@/rpc/crm/common/v1/access_pb'

const speech = (catalogue: Catalogue, language: 'zh-CN' | 'en') => {
  const t = translator(catalogue)
  return { t, language, find: (key: string, values?: Record<string, string | number>) => findText(t, catalogue, key, values) }
}
const chinese = speech(zh, 'zh-CN')
const english = speech(en, 'en')
const form = create(FormDeclarationSchema, {
  name: 'customer.customer',
  columns: [
    { column: 'name', titleZh: '姓名', titleEn: 'Name' },
    { column: 'phone', titleZh: '电话', titleEn: 'Phone', sensitivity: Sensitivity.PHONE },
    { column: 'id_card', titleZh: '身份证', titleEn: 'Identity card', sensitivity: Sensitivity.ID_CARD },
  ],
})
const manager = withColumn(create(GrantSchema, { form: form.name, actions: [Action.CHANGE, Action.SEE], scope: RowScope.OWN }), 'id_card', ColumnRight.HIDDEN)
const refusal = create(GrantSchema, { form: form.name, actions: [Action.EXPORT], scope: RowScope.ALL, refuse: true })
const unitName = (id: string) => ({ b1: '城关局', b2: '河东局' })[id] ?? ''

describe('a rule reads like a sentence', () => {
  it('of rows', () => {
    expect(ruleText(manager, chinese, unitName)).toBe('看·改 / 本人')
    expect(ruleText(manager, english, unitName)).toBe('see · change / own')
    expect(ruleText(create(GrantSchema, { actions: [Action.SEE], scope: RowScope.UNITS, unitIds: ['b1', 'b2'] }), chinese, unitName)).toBe('看 / 指定单位（城关局、河东局）')
    expect(ruleText(refusal, chinese, unitName)).toBe('不得导出 / 全部')
  })

  it('of columns', () => {
    expect(columnsText(manager, form, chinese)).toBe('全部可读写，电话遮蔽，身份证隐藏')
    expect(columnsText(manager, form, english)).toBe('all readable and writable, Phone masked, Identity card hidden')
    expect(columnsText(create(GrantSchema, { actions: [Action.SEE], scope: RowScope.ALL, refuse: true, columns: [create(ColumnRuleSchema, { column: 'id_card', right: ColumnRight.HIDDEN })] }), form, chinese)).toBe('不得看到：身份证')
    expect(columnsText(create(GrantSchema, { actions: [Action.APPROVE], scope: RowScope.ALL }), form, chinese)).toBe('')
  })

  it('of who holds it, and when', () => {
    const given = (holder: Parameters<typeof create<typeof RoleAssignmentSchema>>[1]) => holderText(create(RoleAssignmentSchema, holder), chinese, unitName)
    expect(given({ holder: { case: 'position', value: 'bureau_chief' } })).toBe('岗位：局长')
    expect(given({ holder: { case: 'unitId', value: 'b1' } })).toBe('城关局全体')
    expect(given({ holder: { case: 'staffNumber', value: 'm005' } })).toBe('工号 m005')
    expect(validityText({ validFrom: '2026-11-01', validTo: '' }, chinese)).toBe('2026-11-01 起')
    expect(validityText({ validFrom: '', validTo: '' }, chinese)).toBe('一直有效')
  })
})

function drawn(node: React.ReactNode): string {
  return renderToStaticMarkup(
    <SpeechProvider language="zh-CN" catalogue={zh}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { enabled: false } } })}>{node}</QueryClientProvider>
    </SpeechProvider>,
  ).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

it('a cell of the matrix says what is refused in words', () => {
  expect(drawn(<Sentences rules={[manager, refusal]} form={form} unitName={unitName} />)).toContain('拒绝 不得导出 / 全部')
  expect(drawn(<Sentences rules={[]} form={form} unitName={unitName} />)).toContain('没有规则，无权限')
})

describe('differences', () => {
  it('put stored words into the reader’s', () => {
    expect(valueText('own, all', chinese, { unitName })).toBe('本人、全部')
    expect(valueText('own: write, b1: masked', chinese, { unitName })).toBe('本人：读写、城关局：遮蔽')
  })

  it('say who is concerned, from what to what, and mark what widens', () => {
    const text = drawn(
      <Differences
        differences={[
          { role: 'helper', form: '', what: 'ASSIGNMENT', item: 'person:m005', oldValue: '', newValue: '2026-11-01–…', widens: true },
          { role: 'helper', form: '', what: 'ROLE', item: '', oldValue: '', newValue: '协办 / Helper', widens: false },
          { role: 'helper', form: 'customer.customer', what: 'SCOPE', item: 'see', oldValue: 'own', newValue: 'bureau', widens: true },
        ]}
      />,
    )
    expect(text).toContain('3 处差别')
    expect(text).toContain('其中 2 处放宽权限')
    expect(text).toContain('工号 m005')
    expect(text).toContain('2026-11-01 起')
    expect(text).toContain('协办')
    expect(text).not.toContain('Helper')
    expect(text).toMatch(/范围 · 看 本人 → 改为 本局向 放宽/)
  })
})
