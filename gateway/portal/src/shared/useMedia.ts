import { useSyncExternalStore } from 'react'

/** True while the window answers a media query. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => {
        list.removeEventListener('change', listener)
      }
    },
    () => matchMedia(query).matches,
  )
}

/** True on a phone. */
export function usePhone(): boolean {
  return useMedia('(max-width: 719px)')
}
