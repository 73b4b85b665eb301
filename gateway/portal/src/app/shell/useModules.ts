import { useQuery } from '@tanstack/react-query'

import { useAccess } from '../me'
import { modules, type Module } from './modules'

/** How many approvals wait for the person; a stand-in has some without the right of their own. */
function useApprovals() {
  const { data } = useQuery({
    queryKey: ['approvals', 'count'],
    queryFn: async () => (await import('@/features/approvals/queries')).countApprovals(),
    refetchInterval: 60_000,
    retry: false,
  })
  return { mine: data?.mine ?? 0, all: data?.all ?? 0 }
}

/** The modules the person may use, and how many approvals wait for them. */
export function useModules(): { modules: Module[]; counts: { approvals: number } } {
  const { may } = useAccess()
  const approvals = useApprovals()
  const shown = modules.filter(({ to, needs }) => !needs || needs.some((need) => may(...need)) || (to === '/approvals' && approvals.all > 0))
  return { modules: shown, counts: { approvals: approvals.mine } }
}
