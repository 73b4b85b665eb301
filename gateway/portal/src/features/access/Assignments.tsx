import { Button } from 'antd'
import { Plus, X } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { RoleAssignment } from '@/rpc/crm/common/v1/access_pb'
import type { Role } from '@/rpc/crm/support/v1/access_pb'
import { usePersonName } from '@/shared/usePersonName'

import style from './Assignments.module.css'
import { positions } from './positions'
import { holderText, validityText } from './words'

const AssignmentDialog = lazy(() => import('./AssignmentDialog'))

/** The name before the number, where it can be known. */
function PersonName({ number }: { number: string }) {
  const name = usePersonName(number)
  return name === number ? null : <b>{name}</b>
}

/** Who holds a role: those whose position has its name, and whoever it was given to. */
export function Assignments({ role, mayChange, onChange }: { role: Role; mayChange: boolean; onChange: (assignments: RoleAssignment[]) => void }) {
  const speech = useSpeech()
  const { t, find } = speech
  const units = useUnits()
  const [adding, setAdding] = useState(false)
  const position = role.builtIn ? find(`role.${role.name}`) : undefined
  // Other systems and our own services sign in as what they are; no person holds their roles.
  const ofMachines = role.builtIn && !(positions as readonly string[]).includes(role.name)
  const may = mayChange && !ofMachines
  return (
    <>
      <ul className={style.list}>
        {position ? <li><b>{t('access.holder.position', { name: position })}</b> <span className="secondary">{t('access.byItsName')}</span></li> : null}
        {role.assignments.map((one, index) => {
          const who = holderText(one, speech, units.name)
          return (
            <li key={index}>
              {one.holder.case === 'staffNumber' ? <PersonName number={one.holder.value} /> : null}
              <b>{who}</b> <span className="secondary numbers">{validityText(one, speech)}</span>
              {may ? <button type="button" className="iconButton" aria-label={t('access.takeBack', { who })} title={t('access.takeBack', { who })} onClick={() => { onChange(role.assignments.filter((_, at) => at !== index)) }}><X aria-hidden="true" /></button> : null}
            </li>
          )
        })}
        {ofMachines ? <li className="secondary">{t('access.ofMachines')}</li> : null}
        {!position && !ofMachines && role.assignments.length === 0 ? <li className="faint">{t('access.nobodyYet')}</li> : null}
        {may ? <li className={style.add}><Button size="small" icon={<Plus size={14} aria-hidden="true" />} onClick={() => { setAdding(true) }}>{t('access.giveTo')}</Button></li> : null}
      </ul>
      <Suspense>{adding ? <AssignmentDialog role={role.name} onClose={() => { setAdding(false) }} onAdd={(one) => { setAdding(false); onChange([...role.assignments, one]) }} /> : null}</Suspense>
    </>
  )
}
