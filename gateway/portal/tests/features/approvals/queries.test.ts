import { describe, expect, it } from 'vitest'

import { narrowing, summaryOf } from '@/features/approvals/queries'

describe('the summary of an approval', () => {
  it('of an export says form, rows, filter and why', () => {
    expect(summaryOf({ summaryJson: '{"form":"customer.customer","rows":12000,"filter":{"query":"王"},"reason":"走访","ip":"10.0.0.1"}' })).toEqual({ form: 'customer.customer', rows: 12000, filter: { query: '王' }, reason: '走访' })
  })

  it('of a policy says why and what differs', () => {
    const { note, differences } = summaryOf({ summaryJson: '{"note":"试点","widens":1,"differences":[{"role":"r","form":"f","what":"ACTION","item":"see","old_value":"","new_value":"all","widens":true}]}' })
    expect(note).toBe('试点')
    expect(differences).toEqual([{ role: 'r', form: 'f', what: 'ACTION', item: 'see', oldValue: '', newValue: 'all', widens: true }])
  })

  it('of a parameter says from when and why', () => {
    expect(summaryOf({ summaryJson: '{"key":"support.second_administrator","before":"true","value":"false","effective_from":"2026-12-01","note":"小分公司"}' })).toEqual({ effective_from: '2026-12-01', note: '小分公司' })
  })

  it('that is no JSON says nothing', () => {
    expect(summaryOf({ summaryJson: 'oops' })).toEqual({})
    expect(summaryOf({ summaryJson: '{"rows":"many","filter":[1]}' })).toEqual({})
  })
})

it('of a filter only what narrows is told', () => {
  expect(narrowing({ query: '王', kinds: ['CUSTOMER_KIND_BUSINESS'], communityId: '', page: { size: 50 }, withCounts: true, bucket: 'TASK_BUCKET_UNSPECIFIED', mine: false, ownerNumber: 'm001' })).toEqual([['query', '王'], ['kinds', 'CUSTOMER_KIND_BUSINESS'], ['owner_number', 'm001']])
})
