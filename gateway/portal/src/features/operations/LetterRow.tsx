import { Link } from '@tanstack/react-router'
import { Button, Checkbox } from 'antd'
import { ChevronDown, ChevronRight, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { DeadLetterKind, type DeadLetter } from '@/rpc/crm/operations/v1/dead_letters_pb'
import { Facts } from '@/shared/Facts'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { letterText, reasonText } from './letters'
import style from './Letters.module.css'

interface LetterRowProps {
  letter: DeadLetter
  chosen: boolean
  onChoose: (on: boolean) => void
  onReplay?: () => void
  onDiscard?: () => void
}

function Details({ letter }: { letter: DeadLetter }) {
  const { t } = useSpeech()
  const { sees } = useAccess()
  const taskId = letter.kind === DeadLetterKind.WRITE_BACK ? letter.ids['task_id'] : undefined
  return (
    <div className={style.details}>
      <Facts
        wide
        facts={[
          [t('operations.letter.first'), letter.firstTriedAt ? <Time key="first" at={letter.firstTriedAt} past /> : undefined],
          [t('operations.letter.target'), letter.kind === DeadLetterKind.EVENT ? <code key="target">{letter.target}</code> : undefined],
          [t('operations.letter.id'), letter.kind === DeadLetterKind.EVENT ? <code key="id">{letter.sourceId}</code> : undefined],
          [t('operations.letter.error'), letter.detail],
          [t('operations.trace'), letter.traceId ? <Link key="trace" to="/operations/traces/$id" params={{ id: letter.traceId }}>{letter.traceId.slice(0, 8)}…</Link> : undefined],
          [t('operations.letter.task'), taskId ? (sees('dispatch.task') ? <Link key="task" to="/tasks/$id" params={{ id: taskId }}>{taskId}</Link> : <code key="task">{taskId}</code>) : undefined],
          [t('operations.letter.ids'), letter.kind === DeadLetterKind.EVENT ? Object.entries(letter.ids).map(([name, id]) => `${name} ${id}`).join(' · ') : undefined],
          [t('operations.letter.fields'), letter.fields.join(', ')],
          [t('operations.letter.size'), t('operations.letter.bytes', { n: letter.size })],
        ]}
      />
      <p className="faint">{t('operations.letter.masked')}</p>
    </div>
  )
}

/** One thing that was given up: what, why, since when, and what can be done. */
export function LetterRow({ letter, chosen, onChoose, onReplay, onDiscard }: LetterRowProps) {
  const speech = useSpeech()
  const { t, find } = speech
  const [open, setOpen] = useState(false)
  const title = letterText(letter, speech)
  const stuck = letter.stuck === '' ? '' : (find(`operations.stuck.${letter.stuck}`) ?? letter.stuck)
  const Arrow = open ? ChevronDown : ChevronRight
  return (
    <li className={style.letter} data-letter={letter.id} data-kind={letter.kind === DeadLetterKind.WRITE_BACK ? 'write-back' : 'event'}>
      {onReplay || onDiscard ? <Checkbox checked={chosen} aria-label={t('operations.letters.chooseOne', { what: title })} onChange={(event) => { onChoose(event.target.checked) }} /> : null}
      <div className={style.what}>
        <button type="button" className={style.title} aria-expanded={open} onClick={() => { setOpen(!open) }}>
          <Arrow size={15} aria-hidden="true" /> <span>{title}</span>
        </button>
        <p>{reasonText(letter, speech)}</p>
        <p className="secondary">
          {t('operations.letter.last')} <Time at={letter.lastTriedAt} past />
          {letter.tries > 0 ? ` · ${t('operations.letter.tries', { n: letter.tries })}` : ''}
        </p>
        {stuck ? <p><Tag tone="late">{t('operations.letter.stuck')}</Tag> {stuck}</p> : null}
        {open ? <Details letter={letter} /> : null}
      </div>
      <div className={style.deeds}>
        {onReplay && letter.stuck === '' ? <Button size="small" icon={<RotateCw size={14} aria-hidden="true" />} onClick={onReplay}>{t('operations.letters.replay')}</Button> : null}
        {onDiscard ? <Button size="small" type="text" icon={<Trash2 size={14} aria-hidden="true" />} onClick={onDiscard}>{t('operations.letters.discard')}</Button> : null}
      </div>
    </li>
  )
}
