import type { RJSFSchema } from '@rjsf/utils'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import type { ParameterEffect, ParameterView } from '@/rpc/crm/support/v1/parameters_pb'
import { dayOf } from '@/shared/dates'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'
import { validate } from '@/shared/form/validator'
import { ErrorNote } from '@/shared/Notes'
import { useRequestId } from '@/shared/requestId'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'
import { useNow } from '@/shared/useNow'

import { formsQuery } from '../access/queries'
import { changing, parameters, previewQuery } from './queries'
import { inWords, namesColumns, readSchema, readValue, titleOf, uiOf, valueText, type Choice, type Declared } from './schema'
import style from './SetDialog.module.css'

const SHOWN = 6

function Units({ effects, schema }: { effects: ParameterEffect[]; schema: Declared }) {
  const speech = useSpeech()
  const { t } = speech
  const units = useUnits()
  const name = (id: string) => (id === '' ? (units.branch?.name ?? t('unit.kind.branch')) : units.name(id) || id)
  return (
    <ul>
      {effects.slice(0, SHOWN).map((effect) => (
        <li key={effect.unitId}>
          <span>{name(effect.unitId)}</span>
          <span><del>{valueText(schema, readValue(effect.oldJson), speech)}</del> → <b>{valueText(schema, readValue(effect.newJson), speech)}</b></span>
        </li>
      ))}
      {effects.length > SHOWN ? <li className="secondary">{t('parameter.preview.more', { n: effects.length - SHOWN })}</li> : null}
    </ul>
  )
}

/** Which units would get another value. */
function Preview({ view, unitId, effectiveFrom, valueJson }: { view: ParameterView; unitId: string; effectiveFrom: string; valueJson: string }) {
  const speech = useSpeech()
  const { t } = speech
  const key = view.declaration?.key ?? ''
  const wanted = useDeferredValue(JSON.stringify({ key, unitId, effectiveFrom, valueJson }))
  const { data, error, isFetching } = useQuery({ ...previewQuery(JSON.parse(wanted) as { key: string; unitId: string; effectiveFrom: string; valueJson: string }), placeholderData: (old) => old })
  const schema = readSchema(view.declaration?.schemaJson ?? '{}')
  // The same value may be written in two ways; what reads the same has not changed.
  const told = (json: string) => valueText(schema, readValue(json), speech)
  const effects = data?.effects.filter((effect) => told(effect.oldJson) !== told(effect.newJson)) ?? []
  return (
    <section className={style.preview} aria-label={t('parameter.preview')} aria-live="polite" aria-busy={isFetching}>
      <h3>{t('parameter.preview')}</h3>
      {error ? <ErrorNote error={error} compact /> : null}
      {!data && !error ? <Skeleton lines={2} /> : null}
      {data && !error ? effects.length === 0 ? <p>{t('parameter.preview.none')}</p> : <><p>{t('parameter.preview.units', { n: effects.length })}</p><Units effects={effects} schema={schema} /></> : null}
    </section>
  )
}

/** Columns of the forms that may be named, where the person may know them. */
function useColumns(wanted: boolean): Choice[] {
  const { language } = useSpeech()
  const access = useAccess()
  const { data } = useQuery({ ...formsQuery, enabled: wanted && access.sees('support.role') })
  const title = (one: { titleZh: string; titleEn: string }) => (language === 'en' ? one.titleEn : one.titleZh)
  return (data?.forms ?? []).flatMap((form) => form.columns.map((column) => ({ value: `${form.name}/${column.column}`, label: `${title(form)} · ${title(column) || column.column}` })))
}

interface SetProps {
  view: ParameterView
  unitId: string
  unitName: string
  /** True to take the unit's own value away, so that what stands above holds again. */
  away?: boolean
  onClose: () => void
}

/** Sets a value for a unit from a day on, or takes its own away; what would change is shown before. */
export function SetDialog({ view, unitId, unitName, away = false, onClose }: SetProps) {
  const speech = useSpeech()
  const { t } = speech
  const requestId = useRequestId()
  const today = dayOf(useNow())
  const declared = readSchema(view.declaration?.schemaJson ?? '{}')
  const key = view.declaration?.key ?? ''
  const title = titleOf(declared, speech) || key
  const value = inWords(declared, speech)
  const schema: RJSFSchema = {
    type: 'object',
    required: [...(away ? [] : ['value']), 'effective_from'],
    properties: {
      ...(away ? {} : { value: { ...value, title: t('parameter.value') } }),
      effective_from: { type: 'string', format: 'date', title: t('parameter.effectiveFrom') },
      note: { type: 'string', maxLength: 500, title: t('parameter.note') },
    },
  }
  const columns = useColumns(namesColumns(declared))
  const jsonOf = (data: Written) => (away ? '' : JSON.stringify(data['value']))
  const dayIn = (data: Written) => (data['effective_from'] as string | undefined) ?? today
  return (
    <FormDialog
      title={t(away ? 'parameter.away.title' : 'parameter.set.title', { title, unit: unitName })}
      keep={`parameter-${away ? 'away' : 'set'}-${key}-${unitId}`}
      intro={away ? <p className="secondary">{t('parameter.away.hint')}</p> : null}
      schema={schema}
      ui={{ value: uiOf(declared, speech, columns), effective_from: { 'ui:widget': 'date' }, note: { 'ui:widget': 'textarea' } }}
      initial={{ ...(away ? {} : { value: readValue(view.valueJson) ?? undefined }), effective_from: today }}
      submit={t(away ? 'parameter.away.do' : 'action.save')}
      onClose={onClose}
      onSubmit={async (data) => {
        const wanted = { key, unitId, effectiveFrom: dayIn(data), valueJson: jsonOf(data), note: ((data['note'] as string | undefined) ?? '').trim() }
        const { parameter } = await changing(parameters.setParameter({ requestId: requestId([wanted, view.version]), version: view.version, value: wanted }))
        say(parameter?.approvalId ? { tone: 'good', text: t('parameter.set.waits'), detail: t('parameter.set.waitsHint') } : { tone: 'good', text: t('parameter.set.done', { title }) })
        onClose()
      }}
    >
      {(data) => (validate(schema, data).length === 0 ? <Preview view={view} unitId={unitId} effectiveFrom={dayIn(data)} valueJson={jsonOf(data)} /> : null)}
    </FormDialog>
  )
}
