import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { useMemo, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import { fullText, whenText } from '@/shared/dates'

import { placementText, resultFacts, resultText, storedStateText } from './words'

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

/** How the history of a task names its fields and values. */
export function useTaskWords() {
  const speech = useSpeech()
  const units = useUnits()
  return useMemo(() => {
    const { t, find, language } = speech
    const value = (change: Change, stored: string): ReactNode => {
      if (change.field === 'state') return storedStateText(stored, speech)
      if (change.field === 'placement') return placementText(stored, speech)
      if (change.field === 'result_code') return resultText(stored, speech)
      if (change.field === 'result_json') return resultFacts(stored, speech).map((fact) => fact.join(' ')).join(' · ') || '—'
      if (change.field === 'write_back') return find(`writeBack.stored.${stored}`) ?? stored
      if (change.field === 'bureau_id' || change.field === 'community_id') return units.name(stored) || stored
      if (MOMENT.test(stored)) {
        const at = timestampDate(timestampFromDate(new Date(stored)))
        return <time dateTime={stored} title={fullText(at, language)}>{whenText(at, new Date(), language)}</time>
      }
      return stored
    }
    return {
      value,
      // Ids say nothing to a person, and the whole record is said by the deed.
      shown: (change: Change) => !['*', 'customer_id'].includes(change.field),
      field: (change: Change) => find(`task.field.${change.field}`) ?? change.field,
      deed: (changes: Change[]) => {
        const state = changes.find((change) => change.field === 'state')
        if (state) return find(`task.deed.${state.newValue}`)
        if (changes.some((change) => change.field === '*')) return t('task.deed.created')
        if (changes.some((change) => change.field === 'owner_number')) return t('task.deed.assigned')
        return undefined
      },
    }
  }, [speech, units])
}
