import type { ReactNode } from 'react'

import style from './Page.module.css'

/** A page: its head with what can be done, and what it holds. `above` stands over the head; `fill` gives a list all the height there is. */
export function Page({ title, note, actions, above, children, fill = false }: { title: ReactNode; note?: ReactNode; actions?: ReactNode; above?: ReactNode; children: ReactNode; fill?: boolean }) {
  return (
    <div className={`${style['page'] ?? ''} ${fill ? (style['fill'] ?? '') : ''}`}>
      {above}
      <header className={style['head']}>
        <div className={style['titles']}>
          <h1>{title}</h1>
          {note ? <div className={style['note']}>{note}</div> : null}
        </div>
        {actions ? <div className={style['actions']}>{actions}</div> : null}
      </header>
      {children}
    </div>
  )
}

/** A part of a page with its own heading. */
export function Section({ title, children, aside }: { title: ReactNode; children: ReactNode; aside?: ReactNode }) {
  return (
    <section className={`panel ${style['section'] ?? ''}`}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
