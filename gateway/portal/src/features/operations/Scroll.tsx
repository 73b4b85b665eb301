import type { ReactNode } from 'react'

import style from './Operations.module.css'

/** A wide table that scrolls sideways, with the keyboard as well. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    // Scrolling with the keyboard needs the focus here.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={style.scroll} tabIndex={0} role="region" aria-label={label}>{children}</div>
  )
}
