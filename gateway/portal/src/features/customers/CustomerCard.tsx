import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Building2, House } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import { CustomerKind } from '@/rpc/crm/customer/v1/customer_pb'
import { yearsSince } from '@/shared/dates'
import { ErrorNote } from '@/shared/Notes'
import { Phone } from '@/shared/Phone'
import { Skeleton } from '@/shared/Skeleton'
import { useNow } from '@/shared/useNow'

import { hides } from '../disclosures/columns'
import { Masked } from '../disclosures/Masked'
import style from './CustomerCard.module.css'
import { customerQuery } from './queries'
import { birthdayText, customerKindText, subscriberSummary } from './words'

/** Who is behind a task: name, number to call, what they have with us. */
export function CustomerCard({ id, name }: { id: string; name: string }) {
  const speech = useSpeech()
  const { t } = speech
  const units = useUnits()
  const now = useNow()
  const { data, error, isPending, refetch } = useQuery({ ...customerQuery(id), enabled: id !== '' })
  if (id === '') return <p className={style.bare}>{name || t('customer.unknown')}</p>
  const customer = data?.customer
  if (error && !customer) return <><p className={style.bare}>{name}</p><ErrorNote error={error} retry={() => void refetch()} compact /></>
  if (isPending || !customer) return <><p className={style.bare}>{name}</p><Skeleton lines={2} /></>
  const Icon = customer.kind === CustomerKind.BUSINESS ? Building2 : House
  const live = data.subscribers.filter((subscriber) => subscriber.status !== 'terminated')
  const years = customer.joinedOn ? yearsSince(customer.joinedOn, now) : 0
  const birthday = birthdayText(customer.birthday, speech)
  const of = { form: 'customer.customer' as const, id, states: customer.columns }
  return (
    <div className={style.card}>
      <span className={style.mark} aria-hidden="true"><Icon /></span>
      <div className={style.who}>
        <p className={style.name}>
          <Link to="/customers/$id" params={{ id }}>{customer.name}</Link>
          <span className="secondary">{[customerKindText(customer.kind, t), units.name(customer.communityId)].filter(Boolean).join(' · ')}</span>
        </p>
        <p className={style.line}>
          {t('customer.accounts', { n: data.accounts.length })} · {t('customer.subscribers', { n: live.length })}
          {live.length > 0 ? <span className="faint"> ({subscriberSummary(data.subscribers, t)})</span> : null}
          {years > 0 ? ` · ${t('customer.years', { n: years })}` : ''}
        </p>
        <p className={style.line}>
          {customer.address ? <Masked of={of} column="address" value={customer.address} /> : null}
          {customer.address && birthday ? ' · ' : ''}
          {birthday ? t('customer.birthdayIs', { day: birthday }) : ''}
        </p>
        {customer.note ? <p className={style.note}>{customer.note}</p> : null}
      </div>
      {hides(customer.columns, 'phone') ? null : <Masked of={of} column="phone" value={customer.phone}>{(number) => <Phone number={number} big />}</Masked>}
    </div>
  )
}
