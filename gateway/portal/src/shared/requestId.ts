import { useCallback, useRef } from 'react'

/** Answers the same id while what is asked for stays the same, so that a call sent twice is done once. */
export function useRequestId(): (content: unknown) => string {
  const last = useRef<{ content: string; id: string }>(null)
  return useCallback((content: unknown) => {
    const text = JSON.stringify(content, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    if (last.current?.content !== text) last.current = { content: text, id: crypto.randomUUID() }
    return last.current.id
  }, [])
}
