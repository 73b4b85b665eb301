import { useEffect, useRef, useState } from 'react'

const PAUSE_MS = 250

/** What is typed shows at once; it takes effect when the person pauses. */
export function useTyped(value: string, onSettled: (value: string) => void): [string, (value: string) => void] {
  const [typed, setTyped] = useState(value)
  const settled = useRef(onSettled)
  useEffect(() => {
    settled.current = onSettled
  })
  useEffect(() => {
    if (typed === value) return undefined
    const timer = setTimeout(() => {
      settled.current(typed)
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [typed, value])
  return [typed, setTyped]
}
