import { Link } from '@tanstack/react-router'
import { ArrowUpRight, Clock3 } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { cx } from '@/shared/cx'
import { countText } from '@/shared/numbers'

import style from './Tiles.module.css'

/** Counts that narrow the list. */
export const tiles = ['overdue', 'today', 'upcoming', 'writeback'] as const

/** One of them. */
export type Tile = (typeof tiles)[number]

interface Props {
  counts: (Record<Tile, number> & { unassigned: number; failed: number }) | undefined
  show: Tile | undefined
  mayAssign: boolean
  seesFailed: boolean
  onShow: (tile: Tile) => void
}

/** How much there is of what; a click shows just that. */
export function Tiles({ counts, show, mayAssign, seesFailed, onShow }: Props) {
  const { t, language } = useSpeech()
  return (
    <div className={style.tiles} role="group" aria-label={t('home.tiles')}>
      {tiles.map((tile) => {
        const count = counts?.[tile]
        const late = tile === 'overdue' && Boolean(count)
        return (
          <button key={tile} type="button" aria-pressed={show === tile} className={cx(style.tile, late && style.late)} onClick={() => { onShow(tile) }}>
            <span className={style.name}>{late ? <Clock3 aria-hidden="true" /> : null}{t(`home.tile.${tile}`)}</span>
            <span className={style.count}>{count === undefined ? '–' : countText(count, language)}</span>
          </button>
        )
      })}
      {counts && mayAssign && counts.unassigned > 0 ? (
        <Link to="/tasks" search={{ bucket: 'unassigned' }} className={style.tile}>
          <span className={style.name}>{t('home.tile.unassigned')}<ArrowUpRight aria-hidden="true" /></span>
          <span className={style.count}>{countText(counts.unassigned, language)}</span>
        </Link>
      ) : null}
      {counts && seesFailed && counts.failed > 0 ? (
        <Link to="/write-backs" search={{ state: 'failed' }} className={cx(style.tile, style.late)}>
          <span className={style.name}>{t('home.tile.failed')}<ArrowUpRight aria-hidden="true" /></span>
          <span className={style.count}>{countText(counts.failed, language)}</span>
        </Link>
      ) : null}
    </div>
  )
}
