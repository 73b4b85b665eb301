import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'

import style from './List.module.css'
import { ErrorNote } from './Notes'
import { countText } from './numbers'
import { Skeleton } from './Skeleton'
import { useMedia } from './useMedia'
import { useShortcuts } from './useShortcuts'

/** One column of a list. */
export interface Column<Row> {
  key: string
  title: string
  /** A track of the grid, such as `120px` or `minmax(160px, 2fr)`. */
  track: string
  align?: 'end'
  render: (row: Row) => ReactNode
  /** Name by which the server sorts it. */
  sort?: string
}

/** What a list shows. */
export interface ListProps<Row> {
  /** Name for screen readers, and under which the place in the list is remembered. */
  label: string
  rows: Row[]
  rowKey: (row: Row) => string
  columns: Column<Row>[]
  /** How a row looks on a phone. */
  card: (row: Row) => ReactNode
  total?: number | undefined
  loading: boolean
  error?: unknown
  retry?: () => void
  empty: ReactNode
  more: boolean
  loadMore: () => void
  onOpen?: (row: Row) => void
  onPoint?: (row: Row) => void
  order?: string
  onOrder?: (order: string) => void
}

const places = new Map<string, number>()

function Heads<Row>({ columns, order = '', onOrder }: Pick<ListProps<Row>, 'columns' | 'order' | 'onOrder'>) {
  const turned = order.startsWith('-')
  const sorted = order.replace(/^-/, '')
  return (
    <div role="row" className={style['heads']} style={{ gridTemplateColumns: columns.map((column) => column.track).join(' ') }}>
      {columns.map((column) => {
        const here = column.sort !== undefined && column.sort === sorted
        return (
          <div key={column.key} role="columnheader" className={column.align === 'end' ? style['end'] : undefined} aria-sort={here ? (turned ? 'descending' : 'ascending') : undefined}>
            {column.sort && onOrder ? (
              <button type="button" className={style['sort']} onClick={() => { onOrder(here && !turned ? `-${column.sort ?? ''}` : (column.sort ?? '')) }}>
                {column.title}
                <span aria-hidden="true">{here ? (turned ? '↓' : '↑') : ''}</span>
              </button>
            ) : (
              column.title
            )}
          </div>
        )
      })}
    </div>
  )
}

/** The one list: pages by key as it scrolls, draws only what is seen, and remembers its place. */
export function List<Row>(props: ListProps<Row>) {
  const { language, t } = useSpeech()
  const { rows, columns, loadMore, more, loading } = props
  const place = `${props.label}${location.search}`
  const box = useRef<HTMLDivElement>(null)
  const narrow = useMedia('(max-width: 899px)')
  const compact = document.documentElement.dataset['density'] === 'compact'
  // Nothing that the virtualizer answers is kept or handed on here, so it need not be memoized.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => (narrow ? 76 : compact ? 36 : 44),
    overscan: 12,
    initialOffset: () => places.get(place) ?? 0,
    getItemKey: (index) => {
      const row = rows[index]
      return row ? props.rowKey(row) : index
    },
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loading && last >= rows.length - 30) loadMore()
  }, [last, rows.length, more, loading, loadMore])
  const step = (by: number) => {
    const links = box.current
    const now = Number((document.activeElement?.closest('[data-index]') as HTMLElement | null)?.dataset['index'] ?? (by > 0 ? -1 : rows.length))
    const next = Math.min(Math.max(now + by, 0), rows.length - 1)
    virtual.scrollToIndex(next)
    requestAnimationFrame(() => links?.querySelector<HTMLElement>(`[data-index="${String(next)}"] a`)?.focus())
  }
  useShortcuts({ j: () => { step(1) }, k: () => { step(-1) } })
  const tracks = columns.map((column) => column.track).join(' ')
  return (
    <div className={`panel ${style['list'] ?? ''}`}>
      {/* Scrolling with the keyboard needs the focus here. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={box} className={style['scroll']} tabIndex={0} role="region" aria-label={props.label} onScroll={(event) => places.set(place, event.currentTarget.scrollTop)}>
        {props.error ? <div className={style['note']}><ErrorNote error={props.error} {...(props.retry ? { retry: props.retry } : {})} /></div> : null}
        {loading && rows.length === 0 ? <div className={style['note']}><Skeleton lines={9} tall /></div> : null}
        {!loading && !props.error && rows.length === 0 ? props.empty : null}
        {rows.length > 0 ? (
          <div role="table" aria-label={props.label} aria-rowcount={props.total ?? rows.length}>
            <div role="rowgroup" className={style['headGroup']} hidden={narrow}>
              <Heads columns={columns} {...(props.order !== undefined ? { order: props.order } : {})} {...(props.onOrder ? { onOrder: props.onOrder } : {})} />
            </div>
            <div role="rowgroup" className={style['rows']} style={{ height: virtual.getTotalSize() }}>
              {items.map((item) => {
                const row = rows[item.index]
                if (row === undefined) return null
                return (
                  // A click anywhere is a larger target for the mouse; the link inside does the same for the keyboard.
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                  <div
                    key={item.key}
                    role="row"
                    tabIndex={-1}
                    data-index={item.index}
                    ref={narrow ? virtual.measureElement : undefined}
                    aria-rowindex={item.index + 1}
                    className={`${style['row'] ?? ''} ${narrow ? (style['card'] ?? '') : ''}`}
                    style={{ transform: `translateY(${String(item.start)}px)`, ...(narrow ? {} : { gridTemplateColumns: tracks, height: item.size }) }}
                    onPointerEnter={() => props.onPoint?.(row)}
                    onClick={(event) => {
                      if (!(event.target as HTMLElement).closest('a, button')) props.onOpen?.(row)
                    }}
                  >
                    {narrow ? <div role="cell">{props.card(row)}</div> : columns.map((column) => (
                      <div key={column.key} role="cell" className={`clip ${column.align === 'end' ? (style['end'] ?? '') : ''}`}>
                        {column.render(row)}
                      </div>
                    ))}
                  </div>
                )
              })}
            </div>
          </div>
        ) : null}
      </div>
      <p className={style['foot']} aria-live="polite">
        {rows.length === 0 ? '' : props.total === undefined ? t('list.shown', { shown: countText(rows.length, language) }) : t('list.shownOf', { shown: countText(rows.length, language), total: countText(props.total, language) })}
        {loading && rows.length > 0 ? ` · ${t('state.loading')}` : ''}
      </p>
    </div>
  )
}
