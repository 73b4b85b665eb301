import type { RJSFSchema, UiSchema } from '@rjsf/utils'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { Check } from 'lucide-react'
import { useEffect, useId, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react'

import { useSpeech } from '@/app/i18n'
import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { errorsInWords, SchemaForm, titleOf } from '@/shared/form/SchemaForm'
import { validate, validator } from '@/shared/form/validator'

import style from './CompletionForm.module.css'
import { firstValues, rememberValues, resultOf, trimmed } from './completion'
import { draftOf, keepDraft } from './drafts'
import { completionFormQuery } from './queries'

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

/** The form in which a task of this kind is completed; what is written is kept until the task has ended. */
export default function CompletionForm({ task, onFinish, handle, extra }: Props) {
  const speech = useSpeech()
  const { t, language } = speech
  const { data: form } = useSuspenseQuery(completionFormQuery(task.kind, language))
  const schema = useMemo(() => JSON.parse(form.schemaJson) as RJSFSchema, [form.schemaJson])
  const hints = useMemo(() => JSON.parse(form.uiSchemaJson || '{}') as UiSchema, [form.uiSchemaJson])
  const [data, setData] = useState<Data>(() => draftOf(task.id) ?? firstValues(schema))
  const [tried, setTried] = useState(false)
  const rjsf = useRef<{ validateForm: () => boolean }>(null)
  const box = useRef<HTMLDivElement>(null)
  const prefix = useId().replace(/\W/g, '')
  const shown = useMemo(() => trimmed(schema, data['result_code'] as string | undefined), [schema, data])

  const wrong = tried ? validate(schema, resultOf(schema, data)).map((error) => titleOf(schema, error)) : []

  const finish = () => {
    const result = resultOf(schema, data)
    const [missing] = validate(schema, result)
    if (missing) {
      setTried(true)
      rjsf.current?.validateForm()
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
      <SchemaForm
        // It would go on in the language it began with.
        key={language}
        ref={rjsf as never}
        schema={shown}
        uiSchema={{ ...hints, 'ui:order': [...((hints['ui:order'] as string[] | undefined) ?? []).filter((name) => name in (shown.properties ?? {})), '*'], 'ui:submitButtonOptions': { norender: true } }}
        formData={data}
        validator={validator}
        idPrefix={prefix}
        tagName="div"
        experimental_defaultFormStateBehavior={{ constAsDefaults: 'never' }}
        liveValidate={tried ? 'onChange' : false}
        showErrorList={false}
        transformErrors={errorsInWords(schema, speech)}
        onChange={(event) => {
          const next = (event.formData ?? {}) as Data
          setData(next)
          keepDraft(task.id, next)
        }}
      />
      {tried && wrong.length > 0 ? <p className={style.wrong} role="alert">{t('form.missing', { fields: wrong.join(t('list.comma')) })}</p> : null}
      <div className={style.bar}>
        <Button type="primary" icon={<Check size={16} aria-hidden="true" />} onClick={finish}>
          {t('task.complete')}
        </Button>
        {extra}
      </div>
    </div>
  )
}
