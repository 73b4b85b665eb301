import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { findBranch, idsOf, standingOf, treeOf } from '@/features/organisation/tree'
import { UnitKind, UnitSchema, type Unit } from '@/rpc/crm/support/v1/support_pb'

const today = '2026-11-22'
const unit = (id: string, kind: UnitKind, parentId: string, more: Partial<Pick<Unit, 'name' | 'validFrom' | 'validTo'>> = {}) => create(UnitSchema, { id, code: id.toUpperCase(), name: id, kind, parentId, ...more })

const units = [
  unit('d1', UnitKind.DEPARTMENT, 'br', { name: '网络部' }),
  unit('br', UnitKind.BRANCH, ''),
  unit('b2', UnitKind.BUREAU, 'br', { validTo: '2026-01-31' }),
  unit('b1', UnitKind.BUREAU, 'br', { name: '城关局' }),
  unit('x1', UnitKind.COUNTY_COMPANY, 'br'),
  unit('c2', UnitKind.COMMUNITY, 'b1'),
  unit('c1', UnitKind.COMMUNITY, 'b1', { name: '翠湖社区' }),
]
const counts = new Map([['br', 2], ['b1', 1], ['c1', 3], ['c2', 4], ['d1', 5]])
const grown = (query = '', ended = false) => treeOf(units, counts, { query, ended, today })

describe('the tree of units', () => {
  it('has bureaus before county companies and departments, by code, without those that ended', () => {
    expect(idsOf(grown())).toEqual(['br', 'b1', 'c1', 'c2', 'x1', 'd1'])
    expect(idsOf(grown('', true))).toEqual(['br', 'b1', 'c1', 'c2', 'b2', 'x1', 'd1'])
  })

  it('counts people here and below', () => {
    expect(findBranch(grown(), 'b1')?.people).toBe(8)
    expect(findBranch(grown(), 'br')?.people).toBe(15)
    expect(findBranch(grown('翠湖'), 'br')?.people).toBe(15)
    expect(findBranch(grown(), 'nowhere')).toBeUndefined()
  })

  it('finds by name or code, with everything above and below', () => {
    expect(idsOf(grown('翠湖'))).toEqual(['br', 'b1', 'c1'])
    expect(idsOf(grown('城关'))).toEqual(['br', 'b1', 'c1', 'c2'])
    expect(idsOf(grown('c2'))).toEqual(['br', 'b1', 'c2'])
    expect(idsOf(grown('nothing'))).toEqual([])
  })

  it('shows a unit whose parent is not known', () => {
    expect(idsOf(treeOf([unit('c9', UnitKind.COMMUNITY, 'gone')], new Map(), { query: '', ended: false, today }))).toEqual(['c9'])
  })
})

it('a unit is open on its first and on its last day', () => {
  const standing = (validFrom: string, validTo: string) => standingOf(unit('u', UnitKind.BUREAU, '', { validFrom, validTo }), today)
  expect([standing('', ''), standing(today, today), standing('2026-11-23', ''), standing('', '2026-11-21')]).toEqual(['open', 'open', 'coming', 'ended'])
})
