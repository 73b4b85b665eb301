import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import type { ExtraField } from '@/rpc/crm/customer/v1/customer_pb'

import { titleAt } from './extraFields'

/** How the history of a customer names its fields and values; fields of accounts and the like carry their form. */
export function useCustomerWords(extras: ExtraField[]) {
  const { t, find, language } = useSpeech()
  const units = useUnits()
  return useMemo(() => {
    const formName = (change: Change) => change.form.split('.').at(-1) ?? ''
    return {
      field: (change: Change) => {
        const form = formName(change)
        const field = find(`field.${form}.${change.field}`) ?? find(`customer.field.${change.field}`) ?? titleAt(change.field, extras, language) ?? change.field
        return form === 'customer' || form === '' ? field : `${find(`form.name.${form}`) ?? form} · ${field}`
      },
      value: (change: Change, stored: string) => {
        if (change.field === 'bureau_id' || change.field === 'community_id') return units.name(stored) || stored
        if (change.field === 'status') return find(`status.${stored}`) ?? stored
        if (change.field === 'kind') return find(`customer.kind.${stored}`) ?? find(`subscriber.kind.${stored}`) ?? stored
        return find(`customer.group.${stored}`) ?? stored
      },
      deed: (changes: Change[]) => {
        const whole = changes.find((change) => change.field === '*')
        if (!whole) return undefined
        const name = find(`form.name.${formName(whole)}`) ?? ''
        return t(whole.newValue || !whole.oldValue ? 'history.added' : 'history.removed', { name })
      },
    }
  }, [t, find, language, units, extras])
}
