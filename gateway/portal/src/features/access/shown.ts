/** Values of a preview as people say them: the service that owns the rows tells them as its contract stores them. */
import { create } from '@bufbuild/protobuf'

import type { Speech } from '@/app/i18n'
import { BirthdaySchema, type CustomerGroup, type CustomerKind } from '@/rpc/crm/customer/v1/customer_pb'
import type { TaskKind } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { whenText } from '@/shared/dates'

import { birthdayText, customerKindText, groupText } from '../customers/words'
import { kindText } from '../tasks/words'

type Words = Pick<Speech, 't' | 'find' | 'language'>
type Say = (shown: string, words: Words) => string

const counted = (shown: string, most: number) => (/^\d+$/.test(shown) && Number(shown) <= most ? Number(shown) : undefined)

function kind(most: number, say: (value: number, words: Words) => string): Say {
  return (shown, words) => {
    const value = counted(shown, most)
    return value === undefined ? shown : say(value, words)
  }
}

/** `lunar=True year=1967 month=4 day=14`, with what is nought left out. */
function birthday(shown: string, words: Words): string {
  const parts = new Map(shown.split(/\s+/).map((part) => part.split('=') as [string, string | undefined]))
  const number = (name: string) => Number(parts.get(name) ?? 0)
  const flag = (name: string) => parts.get(name)?.toLowerCase() === 'true'
  return birthdayText(create(BirthdaySchema, { lunar: flag('lunar'), leapMonth: flag('leap_month'), year: number('year'), month: number('month'), day: number('day') }), words) || shown
}

function moment(shown: string, { language }: Words): string {
  const at = new Date(shown)
  return /^\d{4}-\d\d-\d\dT/.test(shown) && !Number.isNaN(at.getTime()) ? whenText(at, new Date(), language) : shown
}

const sayings: Record<string, Say> = {
  'customer.customer/kind': kind(2, (value, { t }) => customerKindText(value as CustomerKind, t)),
  'customer.customer/group': kind(3, (value, { t }) => groupText(value as CustomerGroup, t)),
  'customer.customer/birthday': birthday,
  'dispatch.task/kind': kind(11, (value, { t }) => kindText(value as TaskKind, t)),
  'dispatch.task/priority': kind(4, (value, { find }) => find(`task.priority.${String(value)}`) ?? String(value)),
  'dispatch.task/source': (shown, { find }) => find(`task.source.${shown}`) ?? shown,
  'dispatch.task/placement': (shown, { find }) => find(`task.placement.${shown}`) ?? shown,
  'dispatch.task/result_code': (shown, { find }) => find(`task.result.${shown}`) ?? shown,
}

/** A value in words, where there are any. */
export function shownText(form: string, column: string, shown: string, words: Words): string {
  return shown === '' || shown.includes('*') ? shown : (sayings[`${form}/${column}`] ?? moment)(shown, words)
}
