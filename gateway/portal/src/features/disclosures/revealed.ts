/** Values seen in full: they show for a minute and are forgotten. */
import { useSyncExternalStore } from 'react'

/** How long a value shows. */
export const SHOWN_MS = 60_000

/** A value seen in full, and until when. */
export interface Revealed {
  value: string
  until: number
}

let revealed: ReadonlyMap<string, Revealed> = new Map()
const listeners = new Set<() => void>()

function change(next: ReadonlyMap<string, Revealed>): void {
  revealed = next
  listeners.forEach((listener) => {
    listener()
  })
}

/** Forgets a value. */
export function conceal(key: string): void {
  change(new Map([...revealed].filter(([one]) => one !== key)))
}

/** Shows a value for a minute. */
export function reveal(key: string, value: string, now = Date.now()): void {
  change(new Map([...revealed, [key, { value, until: now + SHOWN_MS }]]))
  setTimeout(() => {
    if ((revealed.get(key)?.until ?? Infinity) <= now + SHOWN_MS) conceal(key)
  }, SHOWN_MS)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The value under a key while it shows, outside of a component. */
export function currentlyRevealed(key: string): Revealed | undefined {
  return revealed.get(key)
}

/** The value under a key while it shows. */
export function useRevealed(key: string): Revealed | undefined {
  return useSyncExternalStore(subscribe, () => revealed.get(key), () => revealed.get(key))
}
