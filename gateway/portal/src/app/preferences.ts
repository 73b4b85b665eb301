import { useSyncExternalStore } from 'react'

import type { Language } from './i18n/language'

/** What a person has chosen for this browser. */
export interface Preferences {
  theme: 'auto' | 'light' | 'dark'
  density: 'comfortable' | 'compact'
  language: Language | null
  navigationCollapsed: boolean
}

const KEY = 'crm.preferences'
const defaults: Preferences = { theme: 'auto', density: 'comfortable', language: null, navigationCollapsed: false }

function read(): Preferences {
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) }
  } catch {
    // Storage may be switched off, or hold what an older version wrote.
    return defaults
  }
}

let current = read()
const listeners = new Set<() => void>()

/** The preferences now, outside of a component. */
export function preferences(): Preferences {
  return current
}

/** Changes some preferences and remembers them. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(current))
  } catch {
    // Still good for as long as the page is open.
  }
  listeners.forEach((listener) => {
    listener()
  })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The preferences, and again whenever they change. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences)
}

function darkSystem(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)')
}

/** True while the page is dark, by choice or by the system's wish. */
export function useDark(): boolean {
  const { theme } = usePreferences()
  const system = useSyncExternalStore(
    (listener) => {
      const query = darkSystem()
      query.addEventListener('change', listener)
      return () => {
        query.removeEventListener('change', listener)
      }
    },
    () => darkSystem().matches,
  )
  return theme === 'dark' || (theme === 'auto' && system)
}
