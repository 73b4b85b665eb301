/**
 * The one form: from JSON Schema, in Ant Design's dress. Only what every form needs comes at once; a widget that draws in a calendar
 * or a list of its own is loaded when a form asks for it.
 */
import FieldErrorTemplate from '@rjsf/antd/lib/templates/FieldErrorTemplate/index.js'
import FieldTemplate from '@rjsf/antd/lib/templates/FieldTemplate/index.js'
import ObjectFieldTemplate from '@rjsf/antd/lib/templates/ObjectFieldTemplate/index.js'
import { withTheme } from '@rjsf/core'
import type { BaseInputTemplateProps, RegistryWidgetsType, RJSFSchema, RJSFValidationError, WidgetProps } from '@rjsf/utils'
import { Input } from 'antd'
import { lazy, Suspense, type ComponentType } from 'react'

import type { Speech } from '@/app/i18n'
import { setLanguageOfDates } from '../dayjs'
import { Skeleton } from '../Skeleton'
import style from './SchemaForm.module.css'

/** One among a few, all in sight. */
function Choices({ id, label, value, options, onChange, disabled, required }: WidgetProps) {
  return (
    <div role="radiogroup" aria-label={label} aria-required={required} id={id} className={style.choices}>
      {(options.enumOptions ?? []).map((option, index) => (
        <label key={String(option.value)} className={style.choice}>
          <input type="radio" name={id} id={index === 0 ? `${id}-0` : undefined} checked={value === option.value} disabled={disabled} onChange={() => { onChange(option.value) }} />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  )
}

/** Some among a few, all in sight. */
function Several({ id, label, value, options, onChange, disabled }: WidgetProps) {
  const chosen = (value as unknown[] | undefined) ?? []
  const among = options.enumOptions ?? []
  return (
    <div role="group" aria-label={label} id={id} className={style.choices}>
      {among.map((option, index) => (
        <label key={String(option.value)} className={style.choice}>
          <input
            type="checkbox"
            id={`${id}-${String(index)}`}
            checked={chosen.includes(option.value)}
            disabled={disabled}
            onChange={(event) => { onChange(among.map((one) => one.value).filter((one) => (one === option.value ? event.target.checked : chosen.includes(one)))) }}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  )
}

/** Several lines of text. */
function Note({ id, value, onChange, onBlur, schema, disabled }: WidgetProps) {
  return (
    <Input.TextArea id={id} value={(value as string | undefined) ?? ''} rows={2} className={style.note} maxLength={schema.maxLength} disabled={disabled} onChange={(event) => { onChange(event.target.value === '' ? undefined : event.target.value) }} onBlur={(event) => { onBlur(id, event.target.value) }} />
  )
}

/** A widget that comes when it is wanted. */
function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  const Widget = lazy(load)
  return function Later(props: Props) {
    return (
      <Suspense fallback={<Skeleton lines={1} tall />}>
        <Widget {...props} />
      </Suspense>
    )
  }
}

const BaseInputTemplate = later<BaseInputTemplateProps>(() => import('@rjsf/antd/lib/templates/BaseInputTemplate/index.js'))
const DateWidget = later<WidgetProps>(async () => {
  const [widget] = await Promise.all([import('@rjsf/antd/lib/widgets/DateWidget/index.js'), setLanguageOfDates(document.documentElement.lang)])
  return widget
})
const SelectWidget = later<WidgetProps>(() => import('@rjsf/antd/lib/widgets/SelectWidget/index.js'))
const CheckboxWidget = later<WidgetProps>(() => import('@rjsf/antd/lib/widgets/CheckboxWidget/index.js'))
const UpDownWidget = later<WidgetProps>(() => import('./NumberWidget'))
const PersonWidget = later<WidgetProps>(() => import('./PersonWidget'))
const UnitWidget = later<WidgetProps>(() => import('./UnitWidget'))
const UnitsWidget = later<WidgetProps>(() => import('./UnitsWidget'))
const ValuesWidget = later<WidgetProps>(() => import('./ValuesWidget'))

const widgets: RegistryWidgetsType = { RadioWidget: Choices, TextareaWidget: Note, DateWidget, SelectWidget, CheckboxWidget, CheckboxesWidget: Several, UpDownWidget, person: PersonWidget, unit: UnitWidget, units: UnitsWidget, values: ValuesWidget }

/** The form; `ui:widget` says how a field is shown. */
export const SchemaForm = withTheme({ widgets, templates: { FieldTemplate, ObjectFieldTemplate, FieldErrorTemplate, BaseInputTemplate } })

/** How the form calls the field an error is about. */
export function titleOf(schema: RJSFSchema, error: RJSFValidationError): string {
  const field = error.property?.replace(/^\./, '') ?? ''
  const property = schema.properties?.[field]
  return typeof property === 'object' ? (property.title ?? field) : field
}

/** Puts errors into the person's words: those of the validator are English. */
export function errorsInWords(schema: RJSFSchema, speech: Pick<Speech, 't' | 'find'>) {
  return (errors: RJSFValidationError[]) =>
    errors.map((error) => {
      const title = titleOf(schema, error)
      const message = speech.find(`form.error.${error.name ?? ''}`, { title }) ?? speech.t('form.error.other', { title })
      return { ...error, message, stack: message }
    })
}
