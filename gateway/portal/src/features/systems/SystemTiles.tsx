import { useQuery } from '@tanstack/react-query'
import { ArrowUpRight, KeyRound } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { WayIn } from '@/rpc/crm/support/v1/systems_pb'

import { titleIn } from '../access/words'
import { systems } from './client'
import style from './SystemTiles.module.css'

/** The way in to older systems, as the administrator set them for the person's position. */
export default function SystemTiles() {
  const { t, language } = useSpeech()
  const { data } = useQuery({ queryKey: ['my-systems'], queryFn: ({ signal }) => systems.listMySystems({}, { signal }), staleTime: 5 * 60_000 })
  if (!data || data.tiles.length === 0) return null
  return (
    <nav className={style.systems} aria-label={t('systems.mine')}>
      <span className={style.label} aria-hidden="true">{t('systems.mine')}</span>
      <ul>
        {data.tiles.map((tile) => {
          const wanting = tile.wayIn === WayIn.STORED_CREDENTIAL && !tile.ready
          const note = language === 'zh-CN' ? tile.noteZh || tile.noteEn : tile.noteEn || tile.noteZh
          return (
            <li key={tile.code}>
              <a href={`/systems/${encodeURIComponent(tile.code)}/open`} target="_blank" rel="noopener" title={[note, wanting ? t('systems.wantsPassword') : ''].filter(Boolean).join(' · ')}>
                {titleIn(language, tile, tile.code)}
                {wanting ? <KeyRound aria-hidden="true" /> : <ArrowUpRight aria-hidden="true" />}
                <span className="hiddenText">{wanting ? t('systems.wantsPassword') : ''} {t('systems.newTab')}</span>
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
