import { useState, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import { Actor_Kind } from '@/rpc/crm/common/v1/person_pb'

import style from './History.module.css'
import { Empty } from './Notes'
import { Time } from './Time'

/** How a page names the fields and values of its records. */
export interface HistoryWords {
  field: (change: Change) => string
  value: (change: Change, value: string) => ReactNode
  /** False for what says nothing to a person. */
  shown?: (change: Change) => boolean
  /** A word for the whole, where there is a better one than a field that changed. */
  deed?: (changes: Change[]) => string | undefined
}

/** Changes that one person made at one moment belong together. */
export function together(changes: Change[]): Change[][] {
  const groups: Change[][] = []
  for (const change of changes) {
    const group = groups.at(-1)
    const first = group?.[0]
    const same = first && first.actor?.id === change.actor?.id && first.changedAt?.seconds === change.changedAt?.seconds && first.recordId === change.recordId
    if (same) group.push(change)
    else groups.push([change])
  }
  return groups
}

function Who({ change }: { change: Change }) {
  const { t, find } = useSpeech()
  const actor = change.actor
  if (!actor || actor.kind === Actor_Kind.SERVICE) return <b>{t('history.system')}</b>
  return (
    <b title={actor.id}>
      {find(`task.source.${actor.id}`) ?? (actor.name || actor.id)}
      {actor.kind === Actor_Kind.SYSTEM ? <span className="faint"> · {t('history.externalSystem')}</span> : null}
    </b>
  )
}

/** Who, when, from where, field by field, old → new. */
export function History({ changes, words, first = 6 }: { changes: Change[]; words: HistoryWords; first?: number }) {
  const { t } = useSpeech()
  const [whole, setWhole] = useState(false)
  const groups = together(changes)
  if (groups.length === 0) return <Empty title={t('history.none')} />
  return (
    <>
      <ol className={style['history']}>
        {(whole ? groups : groups.slice(0, first)).map((group) => {
          const [head] = group
          if (!head) return null
          const deed = words.deed?.(group)
          return (
            <li key={head.id}>
              <p className={style['head']}>
                <Who change={head} /> {deed ?? null}
                <span className={style['when']}>
                  <Time at={head.changedAt} past />
                  {head.actor?.ip ? <span title={t('history.from')}> · {head.actor.ip}</span> : null}
                </span>
              </p>
              {[...group].reverse().filter((change) => change.field !== '*' && (words.shown?.(change) ?? true)).map((change) => (
                <p key={change.id} className={style['change']}>
                  <span className="faint">{words.field(change)}</span>{' '}
                  {change.oldValue ? <del>{words.value(change, change.oldValue)}</del> : <span className="faint">{t('history.empty')}</span>}
                  <span aria-hidden="true"> → </span>
                  <span className="hiddenText">{t('history.becomes')}</span>
                  {change.newValue ? <ins>{words.value(change, change.newValue)}</ins> : <span className="faint">{t('history.empty')}</span>}
                </p>
              ))}
            </li>
          )
        })}
      </ol>
      {!whole && groups.length > first ? (
        <button type="button" className={style['more']} onClick={() => { setWhole(true) }}>
          {t('history.more', { n: groups.length - first })}
        </button>
      ) : null}
    </>
  )
}
