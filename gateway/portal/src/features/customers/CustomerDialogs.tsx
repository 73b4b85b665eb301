import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { queryClient } from '@/app/queryClient'
import { refusalOf } from '@/app/refusal'
import { customers } from '@/app/transport'
import type { Customer, ExtraField } from '@/rpc/crm/customer/v1/customer_pb'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'
import { useRequestId } from '@/shared/requestId'
import { say } from '@/shared/toasts'

import style from './CustomerPage.module.css'
import { changedFields, customerForm, customerOf, valuesOf } from './customerForm'
import { titleAt } from './extraFields'

interface Props {
  /** As it is now: once more read after a refused change. */
  customer: Customer
  onClose: () => void
}

interface Missed {
  by: string
  fields: string[]
}

async function reread(id: string): Promise<void> {
  await Promise.all([['customer', id], ['customer-changes', id], ['customers'], ['tasks']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}

/** Sends changes of a customer; whatever comes of it, the page shows the customer as it is then. */
function useChanging(customer: Customer) {
  const requestId = useRequestId()
  const [missed, setMissed] = useState<Missed>()
  const send = async (values: Customer, fields: string[]) => {
    const wanted = { id: customer.id, version: customer.version, customer: values, fields }
    try {
      await customers.updateCustomer({ ...wanted, requestId: requestId(wanted) })
    } catch (cause) {
      const { reason, data } = refusalOf(cause)
      if (reason === 'STALE_VERSION') setMissed({ by: data['by'] ?? '', fields: (data['fields'] ?? '').split(',').filter(Boolean) })
      throw cause
    } finally {
      await reread(customer.id)
    }
  }
  return { missed, send }
}

/** What somebody else changed while the dialog was open. */
function MissedNote({ missed, extras = [] }: { missed: Missed | undefined; extras?: ExtraField[] }) {
  const { t, find, language } = useSpeech()
  if (!missed) return null
  const fields = missed.fields.map((field) => find(`customer.field.${field}`) ?? titleAt(field, extras, language) ?? field).join(t('list.comma'))
  return (
    <p className={style.missed} role="status">
      {fields ? t('customer.edit.missed', { by: missed.by, fields }) : t('customer.edit.missedSome', { by: missed.by })} {t('customer.edit.missedHint')}
    </p>
  )
}

/** What is kept of a customer, as far as the person may change it. */
export function EditDialog({ customer, extras, onClose }: Props & { extras: ExtraField[] }) {
  const speech = useSpeech()
  const { t } = speech
  const { missed, send } = useChanging(customer)
  // As it was when the dialog opened: what others change meanwhile is not what this person changed.
  const [before] = useState<Written>(() => valuesOf(customer, extras))
  const { schema, ui } = useMemo(() => customerForm(speech, customer, extras), [speech, customer, extras])
  return (
    <FormDialog
      title={t('customer.edit.title', { name: customer.name })}
      keep={`customer-edit-${customer.id}`}
      schema={schema}
      ui={ui}
      initial={before}
      submit={t('action.save')}
      ready={(data) => changedFields(before, data, customer.columns, extras).length > 0}
      onClose={onClose}
      onSubmit={async (data) => {
        await send(customerOf(data, extras), changedFields(before, data, customer.columns, extras))
        say({ tone: 'good', text: t('customer.edit.done') })
        onClose()
      }}
    >
      <MissedNote missed={missed} extras={extras} />
    </FormDialog>
  )
}

const managers = ['customer_manager', 'seat_manager']

/** Gives a customer to another owner (包保) or seat manager. */
export function OwnerDialog({ customer, onClose }: Props) {
  const speech = useSpeech()
  const { t } = speech
  const { missed, send } = useChanging(customer)
  const [before] = useState<Written>(() => ({ owner_number: customer.ownerNumber, ...(customer.seatNumber ? { seat_number: customer.seatNumber } : {}) }))
  const fields = (data: Written) => ['owner_number', 'seat_number'].filter((name) => (before[name] ?? '') !== (data[name] ?? ''))
  const number = (data: Written, name: string) => (typeof data[name] === 'string' ? data[name] : '')
  return (
    <FormDialog
      title={t('customer.owner.title', { name: customer.name })}
      keep={`customer-owner-${customer.id}`}
      intro={<p className="secondary">{t('customer.owner.hint')}</p>}
      schema={{
        type: 'object',
        required: ['owner_number'],
        properties: {
          owner_number: { type: 'string', title: t('customer.field.owner_number'), minLength: 1 },
          seat_number: { type: 'string', title: t('customer.field.seat_number') },
        },
      }}
      ui={{ owner_number: { 'ui:widget': 'person', 'ui:options': { positions: managers } }, seat_number: { 'ui:widget': 'person', 'ui:options': { positions: ['seat_manager'] } } }}
      initial={before}
      submit={t('customer.owner.do')}
      ready={(data) => fields(data).length > 0}
      onClose={onClose}
      onSubmit={async (data) => {
        await send({ ...customerOf({}), ownerNumber: number(data, 'owner_number'), seatNumber: number(data, 'seat_number') }, fields(data))
        say({ tone: 'good', text: t('customer.owner.done', { name: customer.name }), detail: t('customer.owner.follow'), seconds: 8 })
        onClose()
      }}
    >
      <MissedNote missed={missed} />
    </FormDialog>
  )
}
