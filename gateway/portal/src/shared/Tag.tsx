import type { ReactNode } from 'react'

import style from './Tag.module.css'

/** How loud a tag is. Red is kept for lateness and errors. */
export type Tone = 'quiet' | 'accent' | 'late' | 'outline'

/** A word on the state of something; it always has words, never colour alone. */
export function Tag({ tone = 'quiet', icon, children, title }: { tone?: Tone; icon?: ReactNode; children: ReactNode; title?: string }) {
  return (
    <span className={`${style['tag'] ?? ''} ${style[tone] ?? ''}`} title={title}>
      {icon}
      {children}
    </span>
  )
}
