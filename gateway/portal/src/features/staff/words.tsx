import type { Speech } from '@/app/i18n'
import { AccountState, StaffState } from '@/rpc/crm/support/v1/organisation_pb'
import { Tag } from '@/shared/Tag'

import { useSpeech } from '@/app/i18n'

const stateNames = { [StaffState.UNSPECIFIED]: 'active', [StaffState.ACTIVE]: 'active', [StaffState.SUSPENDED]: 'suspended', [StaffState.LEFT]: 'left' } as const

/** How somebody stands, in words. */
export function stateText(state: StaffState, t: Speech['t']): string {
  return t(`staff.state.${stateNames[state]}`)
}

/** How somebody stands. */
export function StateTag({ state }: { state: StaffState }) {
  const { t } = useSpeech()
  return <Tag tone={state === StaffState.SUSPENDED ? 'late' : state === StaffState.LEFT ? 'quiet' : 'accent'}>{stateText(state, t)}</Tag>
}

/** Whether the account for signing in is as it should be. */
export function accountText(account: AccountState, t: Speech['t']): string {
  if (account === AccountState.IN_STEP) return t('staff.account.inStep')
  return t(account === AccountState.WAITING ? 'staff.account.waiting' : 'staff.account.unknown')
}

/** Positions, in words. */
export function positionsText(held: string[], { t, find }: Pick<Speech, 't' | 'find'>): string {
  return held.map((position) => find(`role.${position}`) ?? position).join(t('list.comma'))
}
