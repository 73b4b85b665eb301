/** A short word to the person, with at most one thing to do about it. */
export interface Toast {
  id: number
  tone: 'good' | 'bad' | 'news'
  text: string
  detail?: string
  action?: { label: string; run: () => void }
  seconds: number
}

let toasts: Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: Toast[]): void {
  toasts = next
  listeners.forEach((listener) => {
    listener()
  })
}

/** Takes a word back. */
export function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id))
}

/** Says something; it goes by itself. Answers the id under which it can be taken back. */
export function say(toast: Omit<Toast, 'id' | 'seconds'> & { seconds?: number }): number {
  lastId += 1
  const id = lastId
  const seconds = toast.seconds ?? (toast.tone === 'bad' ? 12 : 5)
  change([...toasts.slice(-2), { ...toast, id, seconds }])
  setTimeout(() => {
    dismiss(id)
  }, seconds * 1000)
  return id
}

/** What is being said now. */
export function currentToasts(): Toast[] {
  return toasts
}

/** Calls back with every change. */
export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
