import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { dayOf } from '@/shared/dates'
import { FormDialog } from '@/shared/form/FormDialog'
import { useRequestId } from '@/shared/requestId'
import { useNow } from '@/shared/useNow'

import { organisation } from '../organisation/queries'
import { FirstPassword } from './FirstPassword'
import { chosen, staffSchema, staffUi, written } from './forms'
import { changing } from './queries'

// Who may take somebody on fills these in; the others as far as rules open them.
const always = ['staff_number', 'name', 'unit_id']
const fields = ['staff_number', 'name', 'phone', 'unit_id', 'also_unit_ids', 'positions', 'valid_from']

/** Takes on somebody: the record, the account, and the first password shown once. */
export function JoinDialog({ unitId, onClose }: { unitId: string; onClose: () => void }) {
  const speech = useSpeech()
  const { t } = speech
  const access = useAccess()
  const asked = fields.filter((name) => always.includes(name) || access.fills('support.staff', name))
  const requestId = useRequestId()
  const today = dayOf(useNow())
  const [joined, setJoined] = useState<{ name: string; staffNumber: string; password: string }>()
  if (joined) return <FirstPassword title={t('staff.join.done', { name: joined.name })} {...joined} onClose={onClose} />
  return (
    <FormDialog
      title={t('staff.join.title')}
      keep="staff-join"
      intro={<p className="secondary">{t('staff.join.hint')}</p>}
      schema={staffSchema(speech, asked, [...always, 'positions'].filter((name) => asked.includes(name)))}
      ui={staffUi}
      initial={{ ...(asked.includes('valid_from') ? { valid_from: today } : {}), ...(unitId ? { unit_id: unitId } : {}) }}
      submit={t('staff.join.do')}
      onClose={onClose}
      onSubmit={async (data) => {
        const member = {
          staffNumber: written(data, 'staff_number'),
          name: written(data, 'name'),
          phone: written(data, 'phone'),
          unitId: written(data, 'unit_id'),
          alsoUnitIds: chosen(data, 'also_unit_ids'),
          positions: chosen(data, 'positions'),
          validFrom: written(data, 'valid_from'),
        }
        const answer = await changing(organisation.createStaffMember({ requestId: requestId(member), member }))
        setJoined({ name: member.name, staffNumber: member.staffNumber, password: answer.firstPassword })
      }}
    />
  )
}
