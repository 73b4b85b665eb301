import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'

import style from './Menu.module.css'

/** One thing a menu offers. */
export interface MenuItem {
  key: string
  label: ReactNode
  icon?: ReactNode
  checked?: boolean
  onSelect: () => void
}

/** A button with a list of things to do. */
export function Menu({ label, button, items, className, header }: { label: string; button: ReactNode; items: MenuItem[]; className?: string; header?: ReactNode }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const id = useId()
  useEffect(() => {
    if (!open) return undefined
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    root.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus()
    return () => {
      document.removeEventListener('pointerdown', outside)
    }
  }, [open])
  const close = () => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const entries = [...(root.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
    const at = entries.indexOf(document.activeElement as HTMLElement)
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape' && open) close()
    else if (event.key === 'Tab') setOpen(false)
    else if (step && open) {
      event.preventDefault()
      entries[(at + step + entries.length) % entries.length]?.focus()
    }
  }
  return (
    // The keys belong to the button and the entries inside; this element only hears them pass.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={style['root']} ref={root} onKeyDown={onKeyDown}>
      <button type="button" className={className} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label} onClick={() => { setOpen(!open) }}>
        {button}
      </button>
      {open ? (
        <div className={style['popup']}>
          {header ? <div className={style['head']}>{header}</div> : null}
          <div id={id} role="menu" aria-label={label}>
            {items.map((item) => (
              <button key={item.key} type="button" tabIndex={-1} className={style['item']} role={item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.checked} onClick={() => { close(); item.onSelect() }}>
                <span className={style['icon']} aria-hidden="true">{item.icon}</span>
                {item.label}
              </button>
            ))}
          </div>
        </div>
      ) : null}
    </div>
  )
}
