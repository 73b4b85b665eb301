import { getRouteApi } from '@tanstack/react-router'

import { Accounts } from './Accounts'
import { Pairs } from './Pairs'
import { People } from './People'
import { StandIns } from './StandIns'

const route = getRouteApi('/staff')
const parts = { people: People, pairs: Pairs, 'stand-ins': StandIns, accounts: Accounts }

/** Who works here, who keeps customers together, who stands in for whom, and whether accounts are in step. */
export default function StaffPage() {
  const { show = 'people' } = route.useSearch()
  const Part = parts[show]
  return <Part />
}
