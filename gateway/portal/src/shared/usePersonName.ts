import { useQuery } from '@tanstack/react-query'

import { useAccess } from '@/app/me'
import { support } from '@/app/transport'

/** The name of a member of staff; the number itself until it is known, or where the caller may not ask. */
export function usePersonName(staffNumber: string): string {
  const { sees } = useAccess()
  const { data } = useQuery({
    queryKey: ['staff', 'name', staffNumber],
    enabled: staffNumber !== '' && sees('support.staff'),
    queryFn: async ({ signal }) => (await support.listStaff({ query: staffNumber, page: { size: 20 } }, { signal })).staff.find((one) => one.staffNumber === staffNumber)?.name ?? '',
    staleTime: 10 * 60_000,
    retry: false,
  })
  return data || staffNumber
}
