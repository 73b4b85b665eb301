import { expect, it } from 'vitest'

import { customersSearch, homeSearch, organisationSearch, parametersSearch, staffSearch, tasksSearch } from '@/app/search'

it('takes from the address only what it knows', () => {
  expect(homeSearch({ task: 'x', show: 'overdue', evil: 1 })).toEqual({ task: 'x', show: 'overdue' })
  expect(homeSearch({ show: 'everything' })).toEqual({})
  expect(tasksSearch({ bucket: 'unassigned', kinds: [1, 'two', 3], query: 138 })).toEqual({ bucket: 'unassigned', kinds: [1, 3], query: '138' })
  expect(customersSearch({ group: 2.5, kind: 'household', query: '' })).toEqual({ kind: 'household' })
  expect(organisationSearch({ unit: 'u', ended: 'yes' })).toEqual({ unit: 'u' })
  expect(staffSearch({ show: 'accounts', state: 'gone', position: 'editor', ended: true })).toEqual({ show: 'accounts', position: 'editor', ended: true })
  expect(parametersSearch({ group: 'alerts', show: 'all', key: 'alerts.arrears' })).toEqual({ group: 'alerts', key: 'alerts.arrears' })
})
