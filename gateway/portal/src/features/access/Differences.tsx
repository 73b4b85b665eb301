import { ArrowDownRight, ArrowUpRight } from 'lucide-react'

import { useSpeech, type Speech } from '@/app/i18n'
import type { PolicyDifference } from '@/rpc/crm/support/v1/access_pb'
import { cx } from '@/shared/cx'
import { Tag } from '@/shared/Tag'

import style from './Differences.module.css'
import { useAccessNames } from './queries'

type Names = Pick<ReturnType<typeof useAccessNames>, 'columnTitle' | 'unitName'>

/** A stored word in the reader's: an action, a scope, a right or a unit; several are split by commas. */
export function valueText(value: string, { find, t }: Pick<Speech, 'find' | 't'>, names: Pick<Names, 'unitName'>): string {
  // Where a column is not open equally far everywhere, each scope says its own: `own: read`.
  const one = (word: string): string => word.includes(':') ? word.split(/:\s*/).map(one).join(' ') : find(`access.action.${word}`) ?? find(`access.scope.${word}`) ?? find(`access.right.${word}`) ?? (names.unitName(word) || word)
  return value.split(/[,;]\s*/).map((word) => one(word.trim().toLowerCase().replace(/^(action|row_scope|column_right)_/, ''))).join(t('list.comma'))
}

function holderWord(item: string, { find }: Pick<Speech, 'find'>, names: Names): string {
  const [kind, ...rest] = item.split(':')
  const who = rest.join(':')
  if (kind === 'position') return find(`role.${who}`) ?? who
  return kind === 'unit' ? names.unitName(who) || who : who || item
}

function itemText(difference: PolicyDifference, speech: Speech, names: Names): string {
  const { item, what, form } = difference
  if (what === 'COLUMN') return item === '*' ? speech.t('access.otherColumns') : names.columnTitle(form, item)
  if (what === 'REFUSAL') return [speech.t('access.refuses'), item ? valueText(item, speech, names) : ''].filter(Boolean).join(' ')
  if (what === 'ASSIGNMENT') return holderWord(item, speech, names)
  if (what === 'ROLE') return item
  return item ? valueText(item, speech, names) : ''
}

/** What differs between two policies, role by role and rule by rule; what lets somebody see or do more is marked. */
export function Differences({ differences }: { differences: PolicyDifference[] }) {
  const speech = useSpeech()
  const { t, find } = speech
  const names = useAccessNames()
  if (differences.length === 0) return <p className="secondary">{t('access.noDifference')}</p>
  const roles = [...new Set(differences.map((one) => one.role))]
  const widening = differences.filter((one) => one.widens).length
  return (
    <>
      <p className={style.sum}>{t('access.differences', { n: differences.length })} · {widening > 0 ? <b>{t('access.widening', { n: widening })}</b> : t('access.noWidening')}</p>
      {roles.map((role) => (
        <section key={role} aria-label={names.roleTitle(role)}>
          <h3 className={style.role}>{names.roleTitle(role)}</h3>
          <ul className={style.list}>
            {differences.filter((one) => one.role === role).map((one, index) => (
              <li key={index} className={cx(one.widens && style.widens)}>
                <span className={style.what}>
                  <b>{one.form ? names.formTitle(one.form) : t(one.what === 'ASSIGNMENT' ? 'access.holders' : 'access.role')}</b>{' '}
                  <span className="secondary">{[find(`access.what.${one.what}`) ?? one.what, itemText(one, speech, names)].filter(Boolean).join(' · ')}</span>
                </span>
                <span className={style.values}>
                  {one.oldValue ? <del>{valueText(one.oldValue, speech, names)}</del> : <span className="faint">{t('access.nothing')}</span>}
                  <span aria-hidden="true"> → </span>
                  <span className="hiddenText">{t('history.becomes')}</span>
                  {one.newValue ? <ins>{valueText(one.newValue, speech, names)}</ins> : <span className="faint">{t('access.nothing')}</span>}
                </span>
                {one.widens ? <Tag tone="accent" icon={<ArrowUpRight aria-hidden="true" />}>{t('access.widens')}</Tag> : <Tag icon={<ArrowDownRight aria-hidden="true" />}>{t('access.narrows')}</Tag>}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
