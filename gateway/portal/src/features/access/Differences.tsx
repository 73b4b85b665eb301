import { ArrowDownRight, ArrowUpRight } from 'lucide-react'

import { useSpeech, type Speech } from '@/app/i18n'
import type { RoleAssignment } from '@/rpc/crm/common/v1/access_pb'
import type { PolicyDifference } from '@/rpc/crm/support/v1/access_pb'
import { cx } from '@/shared/cx'
import { Tag } from '@/shared/Tag'

import style from './Differences.module.css'
import { useAccessNames } from './queries'
import { holderText, validityText } from './words'

type Names = Pick<ReturnType<typeof useAccessNames>, 'columnTitle' | 'unitName'>

/** A difference as it is told, by a comparison or by the summary of an approval. */
export type Told = Pick<PolicyDifference, 'role' | 'form' | 'what' | 'item' | 'oldValue' | 'newValue' | 'widens'>

/** A stored word in the reader's: an action, a scope, a right or a unit; several are split by commas, a scope and its right by a colon. */
export function valueText(value: string, { find, t }: Pick<Speech, 'find' | 't'>, names: Pick<Names, 'unitName'>): string {
  const word = (text: string) => find(`access.action.${text}`) ?? find(`access.scope.${text}`) ?? find(`access.right.${text}`) ?? (names.unitName(text) || text)
  return value.split(/,\s*/).map((one) => one.split(/:\s*/).map(word).join(t('access.colon'))).join(t('list.comma'))
}

/** Days on which somebody holds a role: `2026-11-01–…`. */
function periodsText(value: string, { t }: Pick<Speech, 't'>): string {
  return value.split(/,\s*/).map((period) => {
    const [from = '', to = ''] = period.split('–').map((day) => day.replace('…', ''))
    return validityText({ validFrom: from, validTo: to }, { t })
  }).join(t('list.comma'))
}

/** Who a difference is about: `person:m005`. */
function whoText(item: string, speech: Speech, names: Names): string {
  const [kind, ...rest] = item.split(':')
  const value = rest.join(':')
  const holder = kind === 'position' ? { case: 'position' as const, value } : kind === 'unit' ? { case: 'unitId' as const, value } : { case: 'staffNumber' as const, value: value || item }
  return holderText({ holder } as RoleAssignment, speech, names.unitName)
}

function itemText(difference: Told, speech: Speech, names: Names): string {
  const { item, what, form } = difference
  if (what === 'ROLE' || item === '') return ''
  if (what === 'ASSIGNMENT') return whoText(item, speech, names)
  if (item === '*') return speech.t('access.otherColumns')
  return speech.find(`access.action.${item}`) ?? names.columnTitle(form, item)
}

function sideText(difference: Told, value: string, speech: Speech, names: Names): string {
  if (difference.what === 'ROLE') return value.split(' / ')[speech.language === 'zh-CN' ? 0 : 1] ?? value
  return difference.what === 'ASSIGNMENT' ? periodsText(value, speech) : valueText(value, speech, names)
}

/** What differs between two policies, role by role and rule by rule; what lets somebody see or do more is marked. */
export function Differences({ differences }: { differences: Told[] }) {
  const speech = useSpeech()
  const { t, find } = speech
  const names = useAccessNames()
  if (differences.length === 0) return <p className="secondary">{t('access.noDifference')}</p>
  const roles = [...new Set(differences.map((one) => one.role))]
  // A role that is new or gone is not in force; its own line says what it is called.
  const titles = new Map(differences.filter((one) => one.what === 'ROLE').map((one) => [one.role, sideText(one, one.newValue || one.oldValue, speech, names)]))
  const nameOf = (role: string) => titles.get(role) ?? names.roleTitle(role)
  const widening = differences.filter((one) => one.widens).length
  return (
    <>
      <p className={style.sum}>{t('access.differences', { n: differences.length })} · {widening > 0 ? <b>{t('access.widening', { n: widening })}</b> : t('access.noWidening')}</p>
      {roles.map((role) => (
        <section key={role} aria-label={nameOf(role)}>
          <h3 className={style.role}>{nameOf(role)}</h3>
          <ul className={style.list}>
            {differences.filter((one) => one.role === role).map((one, index) => (
              <li key={index} className={cx(one.widens && style.widens)}>
                <span className={style.what}>
                  <b>{one.form ? names.formTitle(one.form) : (find(`access.what.${one.what}`) ?? one.what)}</b>{' '}
                  <span className="secondary">{[one.form ? (find(`access.what.${one.what}`) ?? one.what) : '', itemText(one, speech, names)].filter(Boolean).join(' · ')}</span>
                </span>
                <span className={style.values}>
                  {one.oldValue ? <del>{sideText(one, one.oldValue, speech, names)}</del> : <span className="faint">{t('access.nothing')}</span>}
                  <span aria-hidden="true"> → </span>
                  <span className="hiddenText">{t('history.becomes')}</span>
                  {one.newValue ? <ins>{sideText(one, one.newValue, speech, names)}</ins> : <span className="faint">{t('access.nothing')}</span>}
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
