import { QueryClient } from '@tanstack/react-query'

import { mayPass, refusalOf } from './refusal'

/** The one memory of what the server said. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      retry: (count, error) => count < 2 && mayPass(refusalOf(error)),
      retryDelay: (attempt) => Math.min(800 * 2 ** attempt, 5_000),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})
