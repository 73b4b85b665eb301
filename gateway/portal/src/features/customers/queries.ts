import { infiniteQueryOptions, queryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { customers } from '@/app/transport'
import type { CustomerGroup, CustomerKind } from '@/rpc/crm/customer/v1/customer_pb'

/** Which customers are wanted. */
export interface CustomerWish {
  query?: string
  kinds?: CustomerKind[]
  groups?: CustomerGroup[]
  bureauId?: string
  communityId?: string
  ownerNumber?: string
  orderBy?: string
}

/** Pages of customers. */
export function customerListQuery(wish: CustomerWish, size = 100) {
  return infiniteQueryOptions({
    queryKey: ['customers', wish, size] as const,
    queryFn: ({ pageParam, signal }) => customers.listCustomers({ ...wish, page: { size, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** The customers wanted, as one list. */
export function useCustomers(wish: CustomerWish) {
  const query = useInfiniteQuery({ ...customerListQuery(wish), placeholderData: (old) => old })
  const pages = query.data?.pages
  const rows = useMemo(() => pages?.flatMap((page) => page.customers) ?? [], [pages])
  const total = pages?.[0]?.page?.total
  return { query, rows, total: total === undefined ? undefined : Number(total) }
}

/** One customer, whole. */
export function customerQuery(id: string) {
  return queryOptions({
    queryKey: ['customer', id] as const,
    queryFn: ({ signal }) => customers.getCustomer({ id }, { signal }),
    staleTime: 60_000,
  })
}
