import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { Pencil, Plus, Tags, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { ExtraField } from '@/rpc/crm/support/v1/parameters_pb'
import { Dialog } from '@/shared/Dialog'
import { FormDialog } from '@/shared/form/FormDialog'
import type { Written } from '@/shared/form/Fields'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { say } from '@/shared/toasts'

import style from './ExtraFields.module.css'
import { changing, columnUsesQuery, extraFieldsQuery, parameters } from './queries'

/** Archive forms that may have fields of the branch's own. */
const forms = ['customer.customer'] as const
const kinds = ['text', 'number', 'date', 'choice'] as const

/** A new field, or another title for one there is. */
function FieldDialog({ form, field, onClose }: { form: string; field?: ExtraField; onClose: () => void }) {
  const { t } = useSpeech()
  const [kind, setKind] = useState(field?.kind ?? 'text')
  const asked = kind === 'choice'
  const text = (data: Written, name: string) => String((data[name] as string | undefined) ?? '').trim()
  return (
    <FormDialog
      title={field ? t('field.edit.title', { title: field.titleZh }) : t('field.add.title')}
      keep={`field-${form}-${field?.name ?? ''}`}
      schema={{
        type: 'object',
        required: ['title_zh', 'title_en', ...(field ? [] : ['name', 'kind']), ...(asked ? ['choices'] : [])],
        properties: {
          title_zh: { type: 'string', minLength: 1, maxLength: 60, title: t('field.titleZh') },
          title_en: { type: 'string', minLength: 1, maxLength: 60, title: t('field.titleEn') },
          ...(field ? {} : { name: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_]{0,39}$', title: t('field.name'), description: t('field.nameHint') }, kind: { type: 'string', title: t('field.kind'), oneOf: kinds.map((one) => ({ const: one, title: t(`field.kind.${one}`) })) } }),
          ...(asked ? { choices: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' }, title: t('field.choices') } } : {}),
        },
      }}
      ui={{ kind: { 'ui:widget': 'radio' }, choices: { 'ui:widget': 'values', 'ui:options': { hint: t('parameter.valuesHint') } } }}
      initial={field ? { title_zh: field.titleZh, title_en: field.titleEn, choices: [...field.choices] } : { kind: 'text' }}
      submit={t(field ? 'action.save' : 'field.add.do')}
      onChange={(data) => { if (!field) setKind((data['kind'] as string | undefined) ?? 'text') }}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(parameters.setExtraField({ field: { form, name: field?.name ?? text(data, 'name'), kind, titleZh: text(data, 'title_zh'), titleEn: text(data, 'title_en'), choices: asked ? ((data['choices'] as string[] | undefined) ?? []) : [] } }))
        say({ tone: 'good', text: t(field ? 'field.edit.done' : 'field.add.done') })
        onClose()
      }}
    />
  )
}

/** Removes a field, unless it is used: then it says where. */
function DeleteDialog({ field, onClose }: { field: ExtraField; onClose: () => void }) {
  const { t, language } = useSpeech()
  const [error, setError] = useState<unknown>()
  const [sending, setSending] = useState(false)
  const uses = useQuery(columnUsesQuery(field.form, `extra.${field.name}`))
  const used = (uses.data?.uses.length ?? 0) > 0
  const remove = async () => {
    setSending(true)
    try {
      await changing(parameters.deleteExtraField({ form: field.form, name: field.name }))
      say({ tone: 'good', text: t('field.delete.done') })
      onClose()
    } catch (cause) {
      setError(cause)
      setSending(false)
    }
  }
  return (
    <Dialog
      title={t('field.delete.title', { title: language === 'en' ? field.titleEn : field.titleZh })}
      onClose={onClose}
      footer={<><Button onClick={onClose}>{t('action.back')}</Button><Button type="primary" danger disabled={!uses.data || used} loading={sending} onClick={() => void remove()}>{t('field.delete')}</Button></>}
    >
      {uses.isPending ? <Skeleton lines={2} /> : null}
      {uses.error ? <ErrorNote error={uses.error} retry={() => void uses.refetch()} compact /> : null}
      {uses.data ? <p>{t(used ? 'field.delete.used' : 'field.delete.hint')}</p> : null}
      {used ? <ul className={style.uses}>{uses.data?.uses.map((use) => <li key={`${use.kind}-${use.key}`}>{use.kind === 'RULE' && use.label === '' ? t('field.use.rules') : t(use.kind === 'RULE' ? 'field.use.rule' : 'field.use.parameter', { label: use.label || use.key })}</li>)}</ul> : null}
      {error ? <ErrorNote error={error} compact /> : null}
    </Dialog>
  )
}

/** Fields of the branch's own, by form. */
export function ExtraFields() {
  const { t, find, language } = useSpeech()
  const access = useAccess()
  const [adding, setAdding] = useState<string>()
  const [editing, setEditing] = useState<ExtraField>()
  const [deleting, setDeleting] = useState<ExtraField>()
  const list = useQuery(extraFieldsQuery)
  const may = access.may('support.parameter', Action.CHANGE)
  const others = [...new Set(list.data?.fields.map((field) => field.form) ?? [])].filter((form) => !forms.some((one) => one === form))
  return (
    <div className={style.scroll}>
      {list.error ? <ErrorNote error={list.error} retry={() => void list.refetch()} /> : null}
      {list.isPending ? <Skeleton lines={5} tall /> : null}
      {list.data ? [...forms, ...others].map((form) => {
        const fields = list.data.fields.filter((field) => field.form === form)
        return (
          <Section key={form} title={find(`field.form.${form}`) ?? form} aside={may ? <Button type="primary" icon={<Plus size={15} aria-hidden="true" />} onClick={() => { setAdding(form) }}>{t('field.add')}</Button> : undefined}>
            {fields.length === 0 ? <Empty icon={<Tags aria-hidden="true" />} title={t('field.none')} hint={t('field.noneHint')} /> : null}
            <ul className={style.fields}>
              {fields.map((field) => (
                <li key={field.name}>
                  <div>
                    <p><b>{language === 'en' ? field.titleEn : field.titleZh}</b> <Tag>{find(`field.kind.${field.kind}`) ?? field.kind}</Tag></p>
                    <p className="secondary">{language === 'en' ? field.titleZh : field.titleEn} · extra.{field.name}{field.choices.length > 0 ? ` · ${field.choices.join(t('list.comma'))}` : ''}</p>
                  </div>
                  {may ? (
                    <span className={style.does}>
                      <Button size="small" icon={<Pencil size={14} aria-hidden="true" />} onClick={() => { setEditing(field) }}>{t('field.rename')}</Button>
                      {access.may('support.parameter', Action.DELETE) ? <Button size="small" icon={<Trash2 size={14} aria-hidden="true" />} onClick={() => { setDeleting(field) }}>{t('field.delete')}</Button> : null}
                    </span>
                  ) : null}
                </li>
              ))}
            </ul>
          </Section>
        )
      }) : null}
      {adding ? <FieldDialog form={adding} onClose={() => { setAdding(undefined) }} /> : null}
      {editing ? <FieldDialog form={editing.form} field={editing} onClose={() => { setEditing(undefined) }} /> : null}
      {deleting ? <DeleteDialog field={deleting} onClose={() => { setDeleting(undefined) }} /> : null}
    </div>
  )
}
