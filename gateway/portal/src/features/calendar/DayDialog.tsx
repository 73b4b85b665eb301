import type { RJSFSchema } from '@rjsf/utils'
import { Button } from 'antd'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { support } from '@/app/transport'
import type { CalendarDay, CalendarYearDocument } from '@/rpc/crm/support/v1/support_pb'
import { fullDayText } from '@/shared/dates'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'
import { ErrorNote } from '@/shared/Notes'
import { say } from '@/shared/toasts'

import { changing } from './queries'
import { between, daysSaid, type Said } from './days'

interface DayProps {
  calendar: CalendarYearDocument
  day: string
  known: CalendarDay | undefined
  /** Whose calendar it is; empty for the branch. */
  unitId: string
  unitName: string
  onClose: () => void
}

function kindOf(known: CalendarDay | undefined, day: string): Said['kind'] {
  if (known) return known.working ? (known.endsAt ? 'short' : 'work') : 'off'
  // Whoever opens a plain day wants it to be the other thing.
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay()) ? 'work' : 'off'
}

/** Takes days back to what they are without anybody's hand. */
function Clear({ calendar, days, unitId, onDone }: { calendar: CalendarYearDocument; days: string[]; unitId: string; onDone: () => void }) {
  const { t } = useSpeech()
  const [error, setError] = useState<unknown>()
  const [sending, setSending] = useState(false)
  const clear = async () => {
    setSending(true)
    setError(undefined)
    try {
      await changing(support.setCalendarDays({ year: calendar.year, version: calendar.version, cleared: days, unitId }))
      say({ tone: 'good', text: t('calendar.cleared') })
      onDone()
    } catch (cause) {
      setError(cause)
      setSending(false)
    }
  }
  return (
    <>
      <Button icon={<RotateCcw size={15} aria-hidden="true" />} loading={sending} onClick={() => void clear()}>{t(unitId ? 'calendar.clearToBranch' : 'calendar.clear')}</Button>
      {error ? <ErrorNote error={error} compact /> : null}
    </>
  )
}

/** Says what a day is, or several in a row. */
export function DayDialog({ calendar, day, known, unitId, unitName, onClose }: DayProps) {
  const { t, language } = useSpeech()
  const [kind, setKind] = useState<Said['kind']>(() => kindOf(known, day))
  const date = { type: 'string', format: 'date', minLength: 1 } as const
  const schema: RJSFSchema = {
    type: 'object',
    required: ['from', 'to', 'kind', ...(kind === 'short' ? ['ends_at'] : [])],
    properties: {
      kind: { type: 'string', title: t('calendar.kind'), oneOf: (['off', 'work', 'short'] as const).map((one) => ({ const: one, title: t(`calendar.kind.${one}`) })) },
      ...(kind === 'short' ? { ends_at: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', title: t('calendar.endsAt'), description: t('calendar.endsAtHint') } } : {}),
      ...(kind === 'off' ? { name_zh: { type: 'string', maxLength: 60, title: t('calendar.nameZh') }, name_en: { type: 'string', maxLength: 60, title: t('calendar.nameEn') } } : {}),
      from: { ...date, title: t('period.from') },
      to: { ...date, title: t('period.to') },
    },
  }
  const saidOf = (data: Written): Said => ({ ...(data as Partial<Said>), from: (data['from'] as string | undefined) ?? day, to: (data['to'] as string | undefined) ?? day, kind })
  const outside = (data: Written) => {
    const { from, to } = saidOf(data)
    return from.slice(0, 4) !== String(calendar.year) || to.slice(0, 4) !== String(calendar.year) || to < from
  }
  const own = known !== undefined && (unitId === '' ? known.local : known.unitId === unitId)
  return (
    <FormDialog
      title={`${fullDayText(day, language)} · ${unitName}`}
      keep={`calendar-${unitId}-${day}`}
      schema={schema}
      ui={{ kind: { 'ui:widget': 'radio' }, from: { 'ui:widget': 'date' }, to: { 'ui:widget': 'date' } }}
      initial={{ kind, from: day, to: day, ...(known?.endsAt ? { ends_at: known.endsAt } : {}), ...(known?.holidayZh ? { name_zh: known.holidayZh, name_en: known.holidayEn } : {}) }}
      submit={t('action.save')}
      ready={(data) => !outside(data)}
      onChange={(data) => { setKind((data['kind'] as Said['kind'] | undefined) ?? kind) }}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(support.setCalendarDays({ year: calendar.year, version: calendar.version, days: daysSaid(saidOf(data)), unitId }))
        say({ tone: 'good', text: t('calendar.saved') })
        onClose()
      }}
    >
      {(data) => {
        const { from, to } = saidOf(data)
        return (
          <>
            {outside(data) ? <p role="alert">{t('calendar.outside', { year: calendar.year })}</p> : <p className="secondary">{t('calendar.count', { n: between(from, to).length })}</p>}
            {own && !outside(data) ? <Clear calendar={calendar} days={between(from, to)} unitId={unitId} onDone={onClose} /> : null}
          </>
        )
      }}
    </FormDialog>
  )
}
