import type { Speech } from '@/app/i18n'
import type { Translate } from '@/app/i18n/text'
import { AppointmentKind, CustomerGroup, CustomerKind, SubscriberKind, type Birthday, type Subscriber } from '@/rpc/crm/customer/v1/customer_pb'

const kinds = { [CustomerKind.UNSPECIFIED]: 'household', [CustomerKind.HOUSEHOLD]: 'household', [CustomerKind.BUSINESS]: 'business' } as const
const groups = { [CustomerGroup.UNSPECIFIED]: 'public', [CustomerGroup.PUBLIC]: 'public', [CustomerGroup.BUSINESS]: 'business', [CustomerGroup.KEY_ACCOUNT]: 'key_account' } as const
const subscriberKinds = {
  [SubscriberKind.UNSPECIFIED]: 'mobile',
  [SubscriberKind.FIXED_LINE]: 'fixed_line',
  [SubscriberKind.BROADBAND]: 'broadband',
  [SubscriberKind.MOBILE]: 'mobile',
  [SubscriberKind.IPTV]: 'iptv',
} as const
const appointmentKinds = {
  [AppointmentKind.UNSPECIFIED]: 'visit',
  [AppointmentKind.INSTALL]: 'install',
  [AppointmentKind.REMOVE]: 'remove',
  [AppointmentKind.RELOCATE]: 'relocate',
  [AppointmentKind.VISIT]: 'visit',
} as const

/** Household or business. */
export function customerKindText(kind: CustomerKind, t: Translate): string {
  return t(`customer.kind.${kinds[kind]}`)
}

/** The customer group. */
export function groupText(group: CustomerGroup, t: Translate): string {
  return t(`customer.group.${groups[group]}`)
}

/** What a subscriber uses. */
export function subscriberKindText(kind: SubscriberKind, t: Translate): string {
  return t(`subscriber.kind.${subscriberKinds[kind]}`)
}

/** What is booked. */
export function appointmentKindText(kind: AppointmentKind, t: Translate): string {
  return t(`task.kind.${appointmentKinds[kind]}`)
}

/** What a customer has, in a line: `固话 宽带 移动×2`. */
export function subscriberSummary(subscribers: Subscriber[], t: Translate): string {
  const counts = new Map<SubscriberKind, number>()
  for (const { kind, status } of subscribers) {
    if (status !== 'terminated') counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => (count > 1 ? `${subscriberKindText(kind, t)}×${String(count)}` : subscriberKindText(kind, t))).join(' ')
}

/** A birthday as people say it, with the calendar it is of. */
export function birthdayText(birthday: Birthday | undefined, { t, language }: Pick<Speech, 't' | 'language'>): string {
  if (!birthday || birthday.month === 0) return ''
  const values = { month: birthday.month, day: birthday.day }
  const day = birthday.lunar ? t(birthday.leapMonth ? 'birthday.lunarLeap' : 'birthday.lunar', values) : new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { month: language === 'en' ? 'short' : 'long', day: 'numeric', timeZone: 'UTC' }).format(Date.UTC(2000, birthday.month - 1, birthday.day))
  return birthday.year ? t('birthday.withYear', { day, year: birthday.year }) : day
}
