import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { CornerUpRight, FolderX, Merge, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { isBureau, useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import { dayOf, fullDayText } from '@/shared/dates'
import { Facts } from '@/shared/Facts'
import { countText } from '@/shared/numbers'
import { Tag } from '@/shared/Tag'
import { useNow } from '@/shared/useNow'
import { say } from '@/shared/toasts'

import { Changes } from './Changes'
import { unitKindText } from './organisationWords'
import { organisation, unitsChanged } from './queries'
import { ReorganiseDialog } from './ReorganiseDialog'
import { standingOf, type UnitBranch } from './tree'
import { AddUnitDialog, EndUnitDialog, kindsBelow, RenameUnitDialog } from './UnitDialogs'
import style from './UnitPane.module.css'

type Doing = 'add' | 'rename' | 'end' | 'reorganise'

interface PaneProps {
  branch: UnitBranch
  /** False while people have not been counted. */
  counted: boolean
  onSelect: (id: string) => void
}

/** What can be done with a unit. */
function Bar({ branch, onDo }: { branch: UnitBranch; onDo: (doing: Doing) => void }) {
  const { t } = useSpeech()
  const access = useAccess()
  const today = dayOf(useNow())
  const { unit } = branch
  const may = access.may('support.organisation', Action.CHANGE)
  const ended = standingOf(unit, today) === 'ended'
  const opens = async () => {
    try {
      await organisation.updateUnit({ id: unit.id, validTo: '' })
      await unitsChanged()
      say({ tone: 'good', text: t('unit.reopen.done', { name: unit.name }) })
    } catch {
      say({ tone: 'bad', text: t('unit.reopen.failed', { name: unit.name }) })
    }
  }
  if (!may && !access.may('support.organisation', Action.CREATE)) return null
  return (
    <div className={style.bar}>
      {!ended && kindsBelow(unit).length > 0 && access.may('support.organisation', Action.CREATE) ? <Button type="primary" icon={<Plus size={15} aria-hidden="true" />} onClick={() => { onDo('add') }}>{t('unit.add')}</Button> : null}
      {may ? <Button icon={<Pencil size={15} aria-hidden="true" />} onClick={() => { onDo('rename') }}>{t('unit.rename')}</Button> : null}
      {may && !ended && unit.kind === UnitKind.COMMUNITY ? <Button icon={<CornerUpRight size={15} aria-hidden="true" />} onClick={() => { onDo('reorganise') }}>{t('unit.move')}</Button> : null}
      {may && !ended && isBureau(unit) ? <Button icon={<Merge size={15} aria-hidden="true" />} onClick={() => { onDo('reorganise') }}>{t('unit.merge')}</Button> : null}
      {may && !ended && unit.kind !== UnitKind.BRANCH ? <Button icon={<FolderX size={15} aria-hidden="true" />} onClick={() => { onDo('end') }}>{t('unit.end')}</Button> : null}
      {may && ended ? <Button onClick={() => void opens()}>{t('unit.reopen')}</Button> : null}
    </div>
  )
}

function Dialogs({ branch, doing, onClose, onSelect }: { branch: UnitBranch; doing: Doing | undefined; onClose: () => void; onSelect: (id: string) => void }) {
  const { unit } = branch
  if (doing === 'add') return <AddUnitDialog parent={unit} onClose={onClose} onAdded={onSelect} />
  if (doing === 'rename') return <RenameUnitDialog unit={unit} onClose={onClose} />
  if (doing === 'end') return <EndUnitDialog unit={unit} onClose={onClose} />
  if (doing === 'reorganise') return <ReorganiseDialog unit={unit} onClose={onClose} onDone={onSelect} />
  return null
}

/** A unit: what it is, who belongs to it, what is below it, and what happened to it. */
export function UnitPane({ branch, counted, onSelect }: PaneProps) {
  const { t, language } = useSpeech()
  const access = useAccess()
  const units = useUnits()
  const today = dayOf(useNow())
  const [doing, setDoing] = useState<Doing>()
  const { unit } = branch
  const standing = standingOf(unit, today)
  const people = countText(branch.people, language)
  const seesStaff = access.may('support.staff', Action.CHANGE)
  return (
    <div className={style.pane}>
      <div className={style.head}>
        <h2>{unit.name}</h2>
        <span className="secondary">{unitKindText(unit.kind, t)}</span>
        {standing === 'ended' ? <Tag>{t('unit.ended')}</Tag> : null}
        {standing === 'coming' ? <Tag tone="accent">{t('unit.coming')}</Tag> : null}
      </div>
      <Bar branch={branch} onDo={setDoing} />
      <Facts
        wide
        facts={[
          [t('unit.field.code'), unit.code],
          [t('unit.field.parent_id'), units.name(unit.parentId)],
          [t('unit.people'), counted ? seesStaff ? <Link key="people" to="/staff" search={{ unit: unit.id }}>{t('unit.peopleCount', { n: branch.people })}</Link> : people : ''],
          [t('unit.field.valid_from'), unit.validFrom ? fullDayText(unit.validFrom, language) : ''],
          [t('unit.field.valid_to'), unit.validTo ? fullDayText(unit.validTo, language) : ''],
        ]}
      />
      {branch.children.length > 0 ? (
        <section>
          <h3>{t('unit.below', { n: branch.children.length })}</h3>
          <ul className={style.below}>
            {branch.children.map((child) => (
              <li key={child.id}>
                <button type="button" onClick={() => { onSelect(child.id) }}>{child.name}</button>
                <span className="faint numbers">{counted ? t('unit.peopleCount', { n: child.people }) : ''}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {access.may('support.organisation', Action.CHANGE) ? (
        <section>
          <h3>{t('history.title')}</h3>
          <Changes recordId={unit.kind === UnitKind.BRANCH ? '' : unit.id} />
        </section>
      ) : null}
      <Dialogs branch={branch} doing={doing} onClose={() => { setDoing(undefined) }} onSelect={onSelect} />
    </div>
  )
}
