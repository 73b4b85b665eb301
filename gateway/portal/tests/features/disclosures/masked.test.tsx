import { create } from '@bufbuild/protobuf'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { SpeechProvider } from '@/app/i18n'
import { zh } from '@/app/i18n/zh'
import { columnsOf, columnTitle, hides } from '@/features/disclosures/columns'
import { fileAddress, lookAgain } from '@/features/disclosures/jobs'
import { Masked } from '@/features/disclosures/Masked'
import { conceal, currentlyRevealed, reveal } from '@/features/disclosures/revealed'
import { ColumnStatesSchema } from '@/rpc/crm/common/v1/access_pb'
import { ExportJob_State, ExportJobSchema } from '@/rpc/crm/common/v1/export_pb'
import { CustomerSchema, SubscriberSchema } from '@/rpc/crm/customer/v1/customer_pb'

const states = create(ColumnStatesSchema, { hidden: ['note'], masked: ['phone', 'id_card'], unmaskable: ['phone'] })
const drawn = (column: string, value: string) =>
  renderToStaticMarkup(
    <SpeechProvider language="zh-CN" catalogue={zh}>
      <Masked of={{ form: 'customer.customer', id: '1', states }} column={column} value={value} />
    </SpeechProvider>,
  )

describe('a masked value', () => {
  it('has a button where the person may ask for it in full', () => {
    expect(drawn('phone', '138****0000')).toContain('aria-label="查看完整的联系电话"')
  })

  it('has none where not, and none without a value', () => {
    expect(drawn('id_card', '320****12')).toBe('320****12')
    expect(drawn('phone', '')).toBe('')
  })
})

describe('a value seen in full', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })

  it('is forgotten after a minute', () => {
    reveal('a', '13800001234')
    vi.advanceTimersByTime(59_000)
    expect(currentlyRevealed('a')?.value).toBe('13800001234')
    vi.advanceTimersByTime(1_000)
    expect(currentlyRevealed('a')).toBeUndefined()
  })

  it('stays a whole minute when it is asked for again', () => {
    reveal('b', '1')
    vi.advanceTimersByTime(30_000)
    reveal('b', '1')
    vi.advanceTimersByTime(31_000)
    expect(currentlyRevealed('b')).toBeDefined()
    conceal('b')
    expect(currentlyRevealed('b')).toBeUndefined()
  })
})

it('columns and their titles come from the contract', () => {
  expect(columnsOf(CustomerSchema).map(({ path }) => path)).toContain('id_card')
  expect(columnsOf(CustomerSchema).map(({ path }) => path)).not.toContain('customer_number')
  expect(columnsOf(SubscriberSchema)[0]?.path).toBe('subscribers.number')
  expect(columnTitle('customer.customer', 'subscribers.number', 'en')).toBe('Subscriber number')
  expect(columnTitle('nothing.known', 'x', 'en')).toBe('x')
  expect(hides(states, 'note')).toBe(true)
  expect(hides(undefined, 'note')).toBe(false)
})

describe('an export', () => {
  const job = (state: ExportJob_State) => create(ExportJobSchema, { id: 'x', form: 'customer.customer', name: '客户.xlsx', state })
  it('is looked at as often as it changes', () => {
    expect(lookAgain([job(ExportJob_State.READY)])).toBe(false)
    expect(lookAgain([job(ExportJob_State.WAITING)])).toBe(15_000)
    expect(lookAgain([job(ExportJob_State.WAITING), job(ExportJob_State.WRITING)])).toBe(1_500)
  })

  it('comes down from the service that wrote it', () => {
    expect(fileAddress(job(ExportJob_State.READY))).toBe('/files/exports/customer/x?name=%E5%AE%A2%E6%88%B7.xlsx')
  })
})
