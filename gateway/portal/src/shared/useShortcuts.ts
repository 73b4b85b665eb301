import { useEffect, useRef } from 'react'

/** True while the person is writing, or a window is open above the page. */
function busy(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  if (document.querySelector('dialog[open]')) return true
  return Boolean(target?.closest('input, textarea, select, [contenteditable="true"], [role="combobox"], [role="listbox"]'))
}

/** Keys that do something on this page, by `event.key`. Not while writing, and not with a modifier. */
export function useShortcuts(keys: Record<string, (() => void) | undefined>): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || busy(event)) return
      // Enter on a button or link is that button's own.
      if (event.key === 'Enter' && (event.target as HTMLElement).closest('a, button')) return
      const run = latest.current[event.key]
      if (!run) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => {
      document.removeEventListener('keydown', onKeyDown)
    }
  }, [])
}
