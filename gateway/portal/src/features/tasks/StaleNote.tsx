import { timestampDate } from '@bufbuild/protobuf/wkt'
import { GitCompareArrows } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { session } from '@/app/session'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import { Time } from '@/shared/Time'

import style from './StaleNote.module.css'
import { forgetMissed, sinceWhen } from './missed'
import { useTaskWords } from './taskWords'

/** What others have changed since the person began to look: said at once, so that nobody saves over it. */
export function StaleNote({ taskId, history }: { taskId: string; history: Change[] }) {
  const { t } = useSpeech()
  const words = useTaskWords()
  const [seen, setSeen] = useState(() => {
    const since = sinceWhen(taskId)
    return new Set(history.filter((change) => !since || !change.changedAt || timestampDate(change.changedAt) < since).map((change) => change.id))
  })
  const fresh = history.filter((change) => !seen.has(change.id) && change.actor?.id !== session().staff_number)
  const [newest] = fresh
  if (!newest) return null
  return (
    <div className={style.note} role="status">
      <GitCompareArrows aria-hidden="true" />
      <div>
        <p>
          <b>{newest.actor?.name || t('history.system')}</b> <Time at={newest.changedAt} past /> {words.deed(fresh) ?? t('task.changed')}
        </p>
        <ul>
          {fresh.filter((change) => words.shown(change)).map((change) => (
            <li key={change.id}>
              {words.field(change)} <del>{change.oldValue ? words.value(change, change.oldValue) : t('history.empty')}</del> → <b>{change.newValue ? words.value(change, change.newValue) : t('history.empty')}</b>
            </li>
          ))}
        </ul>
        <p className="secondary">{t('task.changedHint')}</p>
      </div>
      <button type="button" onClick={() => { forgetMissed(taskId); setSeen(new Set(history.map((change) => change.id))) }}>{t('action.gotIt')}</button>
    </div>
  )
}
