import Form from '@rjsf/antd'
import type { RJSFSchema, RJSFValidationError, UiSchema, WidgetProps } from '@rjsf/utils'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { Check } from 'lucide-react'
import { useEffect, useId, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react'

import { useSpeech, type Speech } from '@/app/i18n'
import { setLanguageOfDates } from '@/shared/dayjs'
import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'

import style from './CompletionForm.module.css'
import { firstValues, rememberValues, resultOf, trimmed } from './completion'
import { draftOf, keepDraft } from './drafts'
import { completionFormQuery } from './queries'
import { validate, validator } from './validator'

/** What the page can ask of the form. */
export interface CompletionHandle {
  /** Completes when nothing is missing, else goes to what is. */
  finish: () => void
}

interface Props {
  task: Task
  onFinish: (resultCode: string, resultJson: string) => void
  handle?: Ref<CompletionHandle>
  extra?: React.ReactNode
}

type Data = Record<string, unknown>

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

function Note({ id, value, onChange, onBlur, schema }: WidgetProps) {
  return (
    <Input.TextArea id={id} value={(value as string | undefined) ?? ''} rows={2} className={style.note} maxLength={schema.maxLength} onChange={(event) => { onChange(event.target.value === '' ? undefined : event.target.value) }} onBlur={(event) => { onBlur(id, event.target.value) }} />
  )
}

const widgets = { RadioWidget: Choices, radio: Choices, TextareaWidget: Note, textarea: Note }

/** The words of rjsf's errors are English; ours come from the catalogue. */
function inWords(schema: RJSFSchema, speech: Speech) {
  return (errors: RJSFValidationError[]) =>
    errors.map((error) => {
      const field = error.property?.replace(/^\./, '') ?? ''
      const property = schema.properties?.[field]
      const title = typeof property === 'object' ? (property.title ?? field) : field
      const message = speech.find(`form.error.${error.name ?? ''}`, { title }) ?? speech.t('form.error.other', { title })
      return { ...error, message, stack: message }
    })
}

/** The form in which a task of this kind is completed; what is written is kept until the task has ended. */
export default function CompletionForm({ task, onFinish, handle, extra }: Props) {
  const speech = useSpeech()
  const { t, language } = speech
  setLanguageOfDates(language)
  const { data: form } = useSuspenseQuery(completionFormQuery(task.kind, language))
  const schema = useMemo(() => JSON.parse(form.schemaJson) as RJSFSchema, [form.schemaJson])
  const hints = useMemo(() => JSON.parse(form.uiSchemaJson || '{}') as UiSchema, [form.uiSchemaJson])
  const [data, setData] = useState<Data>(() => draftOf(task.id) ?? firstValues(schema))
  const [tried, setTried] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const prefix = useId().replace(/\W/g, '')
  const shown = useMemo(() => trimmed(schema, data['result_code'] as string | undefined), [schema, data])

  const finish = () => {
    const result = resultOf(schema, data)
    const [missing] = validate(schema, result)
    if (missing) {
      setTried(true)
      const field = missing.property?.replace(/^\./, '') ?? ''
      requestAnimationFrame(() => {
        const place = box.current?.querySelector<HTMLElement>(`#${prefix}_${field}`)
        ;(place?.matches('input, textarea') ? place : place?.querySelector<HTMLElement>('input, textarea'))?.focus()
      })
      return
    }
    rememberValues(result)
    onFinish(String(result['result_code']), JSON.stringify(result))
  }
  useImperativeHandle(handle, () => ({ finish }))

  useEffect(() => {
    const node = box.current
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault()
        finish()
      }
    }
    node?.addEventListener('keydown', onKeyDown)
    return () => node?.removeEventListener('keydown', onKeyDown)
  })

  return (
    <div ref={box} className={style.form}>
      <Form
        schema={shown}
        uiSchema={{ ...hints, 'ui:order': [...((hints['ui:order'] as string[] | undefined) ?? []).filter((name) => name in (shown.properties ?? {})), '*'], 'ui:submitButtonOptions': { norender: true } }}
        formData={data}
        validator={validator}
        idPrefix={prefix}
        widgets={widgets}
        tagName="div"
        experimental_defaultFormStateBehavior={{ constAsDefaults: 'never' }}
        liveValidate={tried ? 'onChange' : false}
        showErrorList={false}
        transformErrors={inWords(schema, speech)}
        onChange={(event) => {
          const next = (event.formData ?? {}) as Data
          setData(next)
          keepDraft(task.id, next)
        }}
      />
      <div className={style.bar}>
        <Button type="primary" icon={<Check size={16} aria-hidden="true" />} onClick={finish}>
          {t('task.complete')}
        </Button>
        {extra}
      </div>
    </div>
  )
}
