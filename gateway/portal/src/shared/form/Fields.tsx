import type { ErrorSchema, RJSFSchema, UiSchema } from '@rjsf/utils'
import { useId, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react'

import { useSpeech } from '@/app/i18n'

import { errorsInWords, SchemaForm, titleOf } from './SchemaForm'
import style from './Fields.module.css'
import { validate, validator } from './validator'

/** What is written in a form. */
export type Written = Record<string, unknown>

/** What a dialog can ask of its fields. */
export interface FieldsHandle {
  /** True when nothing is missing or wrong; else goes to what is. */
  check: () => boolean
}

interface FieldsProps {
  schema: RJSFSchema
  ui: UiSchema
  data: Written
  onChange: (data: Written) => void
  /** What the server found wrong, by field. */
  refused?: ErrorSchema | undefined
  handle?: Ref<FieldsHandle>
}

/** The fields of a form; errors stand beside them once somebody has tried to send it, and are summed up below. */
export default function Fields({ schema, ui, data, onChange, refused, handle }: FieldsProps) {
  const speech = useSpeech()
  const { t, language } = speech
  const [tried, setTried] = useState(false)
  const rjsf = useRef<{ validateForm: () => boolean }>(null)
  const box = useRef<HTMLDivElement>(null)
  const prefix = useId().replace(/\W/g, '')
  const wrong = useMemo(() => (tried ? [...new Set(validate(schema, data).map((error) => titleOf(schema, error)))] : []), [tried, schema, data])
  useImperativeHandle(handle, () => ({
    check: () => {
      const [missing] = validate(schema, data)
      if (!missing) return true
      setTried(true)
      rjsf.current?.validateForm()
      const field = missing.property?.replace(/^\./, '').replaceAll('.', '_') ?? ''
      requestAnimationFrame(() => {
        const place = box.current?.querySelector<HTMLElement>(`#${prefix}_${field}`)
        ;(place?.matches('input, textarea') ? place : place?.querySelector<HTMLElement>('input, textarea'))?.focus()
      })
      return false
    },
  }))
  return (
    <div ref={box} className={style.fields}>
      <SchemaForm
        // It would go on in the language it began with.
        key={language}
        ref={rjsf as never}
        schema={schema}
        uiSchema={{ ...ui, 'ui:submitButtonOptions': { norender: true } }}
        formData={data}
        validator={validator}
        idPrefix={prefix}
        tagName="div"
        experimental_defaultFormStateBehavior={{ constAsDefaults: 'never', arrayMinItems: { populate: 'never' } }}
        liveValidate={tried ? 'onChange' : false}
        showErrorList={false}
        onError={() => undefined}
        transformErrors={errorsInWords(schema, speech)}
        {...(refused ? { extraErrors: refused } : {})}
        onChange={(event) => { onChange((event.formData ?? {}) as Written) }}
      />
      {wrong.length > 0 ? <p className={style.wrong} role="alert">{t('form.missing', { fields: wrong.join(t('list.comma')) })}</p> : null}
    </div>
  )
}
