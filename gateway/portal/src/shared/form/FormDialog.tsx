import type { ErrorSchema, RJSFSchema, UiSchema } from '@rjsf/utils'
import { Button } from 'antd'
import { lazy, Suspense, useEffect, useId, useRef, useState, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import { refusalOf, tell } from '@/app/refusal'

import { Dialog } from '../Dialog'
import { ErrorNote } from '../Notes'
import { Skeleton } from '../Skeleton'
import type { FieldsHandle, Written } from './Fields'
import style from './Fields.module.css'

const Fields = lazy(() => import('./Fields'))

/** What was written in dialogs that were closed without sending; for as long as the page is open. */
const kept = new Map<string, Written>()

interface FormDialogProps {
  title: string
  schema: RJSFSchema
  ui?: UiSchema
  initial?: Written
  /** What the button says. */
  submit: string
  danger?: boolean
  intro?: ReactNode
  /** Below the fields: what would happen. */
  children?: ReactNode | ((data: Written) => ReactNode)
  /** Name under which what is written is kept when the dialog closes without sending. */
  keep: string
  /** False while it cannot be sent for a reason that is said below the fields. */
  ready?: boolean | ((data: Written) => boolean)
  /** Hears what stands in the fields, from the beginning on. */
  onChange?: (data: Written) => void
  onSubmit: (data: Written) => Promise<unknown>
  onClose: () => void
}

/** Shows the refusal beside the field it is about, where it names one. */
function beside(cause: unknown, schema: RJSFSchema, why: string): ErrorSchema | undefined {
  const named = refusalOf(cause).data['field'] ?? ''
  // A field below another, such as `extra.rooms`, may stand in the form under its last word or under all of them.
  const field = [named.replaceAll('.', '_'), named.split('.').at(-1) ?? ''].find((one) => one in (schema.properties ?? {}))
  return field ? ({ [field]: { __errors: [why] } } as ErrorSchema) : undefined
}

/** A form in a window: checks, sends, and keeps what was written when that fails. */
export function FormDialog({ title, schema, ui = {}, initial = {}, submit, danger = false, intro, children, keep, ready = true, onChange, onSubmit, onClose }: FormDialogProps) {
  const speech = useSpeech()
  const { t } = speech
  const [data, setData] = useState<Written>(() => ({ ...initial, ...kept.get(keep) }))
  const [restored, setRestored] = useState(() => kept.has(keep))
  const [error, setError] = useState<unknown>()
  const [sending, setSending] = useState(false)
  const fields = useRef<FieldsHandle>(null)
  const id = useId()
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    onChange?.(data)
  }, [data, onChange])
  useEffect(() => {
    // A long form is sent from its middle too: why it was refused must not stand out of sight.
    if (error) end.current?.scrollIntoView({ block: 'nearest' })
  }, [error])
  const send = async () => {
    if (sending || !fields.current?.check()) return
    setSending(true)
    setError(undefined)
    try {
      await onSubmit(data)
      kept.delete(keep)
    } catch (cause) {
      setError(cause)
    }
    setSending(false)
  }
  const change = (next: Written) => {
    setData(next)
    kept.set(keep, next)
  }
  const able = typeof ready === 'function' ? ready(data) : ready
  return (
    <Dialog
      title={title}
      shape="sheet"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('action.back')}</Button>
          <Button type="primary" htmlType="submit" form={id} danger={danger} loading={sending} disabled={!able}>{submit}</Button>
        </>
      }
    >
      <form
        id={id}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {intro}
        {restored ? (
          <p className={style.restored}>
            {t('form.restored')} <button type="button" onClick={() => { kept.delete(keep); setData(initial); setRestored(false) }}>{t('form.afresh')}</button>
          </p>
        ) : null}
        <Suspense fallback={<Skeleton lines={4} tall />}>
          <Fields schema={schema} ui={ui} data={data} onChange={change} refused={error ? beside(error, schema, tell(error, speech).why) : undefined} handle={fields} />
        </Suspense>
        {typeof children === 'function' ? children(data) : children}
        <div ref={end}>{error ? <ErrorNote error={error} compact /> : null}</div>
      </form>
    </Dialog>
  )
}
