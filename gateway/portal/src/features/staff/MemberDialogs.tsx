import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { ColumnStates } from '@/rpc/crm/common/v1/access_pb'
import type { StaffMember } from '@/rpc/crm/support/v1/organisation_pb'
import { dayOf } from '@/shared/dates'
import { Dialog } from '@/shared/Dialog'
import { Effect } from '@/shared/Effect'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'
import { ErrorNote } from '@/shared/Notes'
import { say } from '@/shared/toasts'
import { useNow } from '@/shared/useNow'

import { organisation } from '../organisation/queries'
import { FirstPassword } from './FirstPassword'
import { chosen, staffSchema, staffUi, written } from './forms'
import { changing, handoverQuery } from './queries'

interface Props {
  member: StaffMember
  onClose: () => void
}

/** What is in somebody's hands. */
function Handover({ member, note }: { member: StaffMember; note: string }) {
  const { t } = useSpeech()
  const query = useQuery(handoverQuery(member.staffNumber))
  return (
    <Effect
      title={t('staff.handover', { name: member.name })}
      query={query}
      counts={[[t('staff.handover.customers'), query.data?.customers ?? 0n], [t('staff.handover.tasks'), query.data?.tasks ?? 0n]]}
      note={note}
    />
  )
}

/** Name and telephone number. */
export function EditDialog({ member, columns, onClose }: Props & { columns: ColumnStates | undefined }) {
  const speech = useSpeech()
  const { t } = speech
  const closed = new Set([...(columns?.hidden ?? []), ...(columns?.masked ?? []), ...(columns?.readOnly ?? [])])
  const asked = ['name', 'phone'].filter((name) => !closed.has(name))
  return (
    <FormDialog
      title={t('staff.edit.title', { name: member.name })}
      keep={`staff-edit-${member.staffNumber}`}
      intro={closed.has('phone') ? <p className="secondary">{t('staff.edit.closed')}</p> : null}
      schema={staffSchema(speech, asked, asked.filter((name) => name === 'name'))}
      ui={staffUi}
      initial={{ name: member.name, phone: member.phone }}
      submit={t('action.save')}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(organisation.updateStaffMember({ staffNumber: member.staffNumber, version: member.version, member: { name: written(data, 'name'), phone: written(data, 'phone') }, fields: asked }))
        say({ tone: 'good', text: t('staff.edit.done') })
        onClose()
      }}
    />
  )
}

/** Another unit or other positions; somebody may take over what stays behind. `back` takes on again who has left. */
export function MoveDialog({ member, back = false, onClose }: Props & { back?: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  const asked = ['unit_id', 'also_unit_ids', 'positions']
  const words = back ? 'return' : 'move'
  return (
    <FormDialog
      title={t(`staff.${words}.title`, { name: member.name })}
      keep={`staff-${words}-${member.staffNumber}`}
      intro={back ? <p className="secondary">{t('staff.return.hint')}</p> : null}
      schema={staffSchema(speech, back ? asked : [...asked, 'successor'], ['unit_id', 'positions'])}
      ui={{ ...staffUi, successor: { 'ui:widget': 'person', 'ui:options': { without: member.staffNumber } } }}
      initial={{ unit_id: member.unitId, also_unit_ids: [...member.alsoUnitIds], positions: [...member.positions] }}
      submit={t(`staff.${words}.do`)}
      onClose={onClose}
      onSubmit={async (data) => {
        const changed = { unitId: written(data, 'unit_id'), alsoUnitIds: chosen(data, 'also_unit_ids'), positions: chosen(data, 'positions'), validTo: '' }
        const successor = written(data, 'successor')
        await changing(organisation.updateStaffMember({ staffNumber: member.staffNumber, version: member.version, member: changed, fields: back ? [...asked, 'valid_to'] : asked, successor }))
        say({ tone: 'good', text: t(`staff.${words}.done`, { name: member.name }), ...(successor ? { detail: t('staff.follow') } : {}), seconds: 8 })
        onClose()
      }}
    >
      {(data) => (back ? null : <Handover member={member} note={t(written(data, 'successor') ? 'staff.move.handed' : 'staff.move.stays')} />)}
    </FormDialog>
  )
}

/** May not sign in for now, or may again. */
export function SuspendDialog({ member, suspended, onClose }: Props & { suspended: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  const words = suspended ? 'suspend' : 'resume'
  return (
    <FormDialog
      title={t(`staff.${words}.title`, { name: member.name })}
      keep={`staff-${words}-${member.staffNumber}`}
      intro={<p className="secondary">{t(`staff.${words}.hint`)}</p>}
      schema={staffSchema(speech, ['reason'], ['reason'])}
      ui={staffUi}
      initial={{}}
      submit={t(`staff.${words}.do`)}
      danger={suspended}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(organisation.suspendStaffMember({ staffNumber: member.staffNumber, suspended, reason: written(data, 'reason') }))
        say({ tone: 'good', text: t(`staff.${words}.done`, { name: member.name }) })
        onClose()
      }}
    />
  )
}

/** Leaves: sessions end, the account closes, and a successor takes over what is left. */
export function LeaveDialog({ member, onClose }: Props) {
  const speech = useSpeech()
  const { t } = speech
  const today = dayOf(useNow())
  const { data: left } = useQuery(handoverQuery(member.staffNumber))
  const something = left !== undefined && (left.customers > 0n || left.tasks > 0n)
  return (
    <FormDialog
      title={t('staff.leave.title', { name: member.name })}
      keep={`staff-leave-${member.staffNumber}`}
      intro={<p className="secondary">{t('staff.leave.hint')}</p>}
      schema={staffSchema(speech, ['successor', 'valid_to', 'reason'], ['reason', 'valid_to', ...(something ? ['successor'] : [])])}
      ui={{ ...staffUi, successor: { 'ui:widget': 'person', 'ui:options': { without: member.staffNumber } } }}
      initial={{ valid_to: today }}
      submit={t('staff.leave.do')}
      danger
      onClose={onClose}
      onSubmit={async (data: Written) => {
        await changing(organisation.endStaffMember({ staffNumber: member.staffNumber, successor: written(data, 'successor'), validTo: written(data, 'valid_to'), reason: written(data, 'reason') }))
        say({ tone: 'good', text: t('staff.leave.done', { name: member.name }), ...(something ? { detail: t('staff.follow') } : {}), seconds: 8 })
        onClose()
      }}
    >
      <Handover member={member} note={t(something ? 'staff.leave.needs' : 'staff.leave.nothing')} />
    </FormDialog>
  )
}

/** A new first password. */
export function PasswordDialog({ member, onClose }: Props) {
  const { t } = useSpeech()
  const [password, setPassword] = useState<string>()
  const [error, setError] = useState<unknown>()
  const [sending, setSending] = useState(false)
  const reset = async () => {
    setSending(true)
    try {
      const answer = await changing(organisation.resetPassword({ staffNumber: member.staffNumber }))
      setPassword(answer.firstPassword)
    } catch (cause) {
      setError(cause)
      setSending(false)
    }
  }
  const title = t('staff.reset.title', { name: member.name })
  if (password !== undefined) return <FirstPassword title={title} name={member.name} staffNumber={member.staffNumber} password={password} onClose={onClose} />
  return (
    <Dialog title={title} onClose={onClose} footer={<><Button onClick={onClose}>{t('action.back')}</Button><Button type="primary" loading={sending} onClick={() => void reset()}>{t('staff.reset.do')}</Button></>}>
      <p className="secondary">{t('staff.reset.hint')}</p>
      {error ? <ErrorNote error={error} compact /> : null}
    </Dialog>
  )
}
