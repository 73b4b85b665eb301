import { useEffect, useRef } from 'react'

import style from './Segments.module.css'

/** Brings the chosen one into sight where there is less room than choices; the page itself stays where it is. */
function reveal(group: HTMLElement): void {
  const chosen = group.querySelector<HTMLElement>('[aria-pressed=true]')
  if (!chosen) return
  const at = chosen.getBoundingClientRect()
  const room = group.getBoundingClientRect()
  if (at.right > room.right) group.scrollLeft += at.right - room.right
  else if (at.left < room.left) group.scrollLeft -= room.left - at.left
}

/** A choice of one among a few, all in sight. */
export function Segments<Value extends string>({ label, value, options, onChange }: { label: string; value: Value; options: { value: Value; label: string }[]; onChange: (value: Value) => void }) {
  const group = useRef<HTMLDivElement>(null)
  // Labels grow when a number comes into them.
  const said = options.map((option) => option.label).join(' ')
  useEffect(() => {
    if (group.current) reveal(group.current)
  }, [value, said])
  return (
    <div ref={group} className={style.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => { onChange(option.value) }}>
          {option.label}
        </button>
      ))}
    </div>
  )
}
