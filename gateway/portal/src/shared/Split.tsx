import type { ReactNode, Ref } from 'react'

import { cx } from './cx'
import { Dialog } from './Dialog'
import style from './Split.module.css'
import { useMedia } from './useMedia'

/** True where there is room for a list and what is chosen in it. */
export function useWide(): boolean {
  return useMedia('(min-width: 960px)')
}

interface SplitProps {
  listLabel: string
  list: ReactNode
  listRef?: Ref<HTMLElement>
  detailLabel: ReactNode
  detail: ReactNode
  /** True while something is chosen: a narrow window slides it up over the list. */
  open: boolean
  onClose: () => void
  /** `slim` for a list of names. */
  shape?: 'even' | 'slim'
}

/** A list and what is chosen in it, side by side; one above the other where it is narrow. */
export function Split({ listLabel, list, listRef, detailLabel, detail, open, onClose, shape = 'even' }: SplitProps) {
  const wide = useWide()
  const label = typeof detailLabel === 'string' ? detailLabel : undefined
  return (
    <div className={cx(style.split, shape === 'slim' && style.slim)}>
      <section className={cx('panel', style.list)} {...(listRef ? { ref: listRef } : {})} aria-label={listLabel}>{list}</section>
      {wide ? <section className={cx('panel', style.detail)} aria-label={label} aria-live="off">{detail}</section> : null}
      {!wide && open ? <Dialog shape="sheet" title={detailLabel} onClose={onClose}>{detail}</Dialog> : null}
    </div>
  )
}
