import type { ReactNode } from 'react'

import { cx } from './cx'
import style from './Facts.module.css'

/** Facts: what, and its value, in as many columns as there is room for. Those without a value are left out. */
export function Facts({ facts, wide = false }: { facts: [what: string, value: ReactNode][]; wide?: boolean }) {
  return (
    <dl className={cx(style.facts, wide && style.wide)}>
      {facts
        .filter(([, value]) => value !== '' && value !== null && value !== undefined)
        .map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
