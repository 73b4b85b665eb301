import { create } from '@bufbuild/protobuf'
import type { RJSFSchema } from '@rjsf/utils'
import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { ExternalSystemSchema, WayIn, type ExternalSystem } from '@/rpc/crm/support/v1/systems_pb'
import { Dialog } from '@/shared/Dialog'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'
import { ErrorNote } from '@/shared/Notes'
import { say } from '@/shared/toasts'

import { positions } from '../access/positions'
import { titleIn } from '../access/words'
import { systems } from './client'
import style from './Systems.module.css'
import { wayInText } from './words'

const ways = [WayIn.OIDC, WayIn.SAML, WayIn.STORED_CREDENTIAL, WayIn.LINK]

/** What the form holds of a system; fields of the stored password only where it is the way in. */
function writtenOf(system: ExternalSystem): Written {
  const texts = { code: system.code, title_zh: system.titleZh, title_en: system.titleEn, note_zh: system.noteZh, note_en: system.noteEn, start_url: system.startUrl, login_url: system.loginUrl, user_field: system.userField, password_field: system.passwordField, cookie_domain: system.cookieDomain }
  const filled = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''))
  return { ...filled, way_in: system.wayIn || WayIn.LINK, positions: system.positions, active: system.active }
}

function systemOf(system: ExternalSystem, data: Written): ExternalSystem {
  const text = (name: string) => String(data[name] ?? '').trim()
  const stored = data['way_in'] === WayIn.STORED_CREDENTIAL
  return create(ExternalSystemSchema, {
    ...system,
    code: text('code'),
    titleZh: text('title_zh'),
    titleEn: text('title_en'),
    noteZh: text('note_zh'),
    noteEn: text('note_en'),
    wayIn: Number(data['way_in']),
    startUrl: text('start_url'),
    loginUrl: stored ? text('login_url') : '',
    userField: stored ? text('user_field') : '',
    passwordField: stored ? text('password_field') : '',
    cookieDomain: stored ? text('cookie_domain') : '',
    positions: (data['positions'] as string[] | undefined) ?? [],
    active: data['active'] === true,
  })
}

function useSchema(stored: boolean, isNew: boolean): RJSFSchema {
  const { t } = useSpeech()
  const text = (title: string, more: RJSFSchema = {}): RJSFSchema => ({ type: 'string', title, ...more })
  return {
    type: 'object',
    properties: {
      title_zh: text(t('systems.titleZh'), { minLength: 1, maxLength: 40 }),
      title_en: text(t('systems.titleEn'), { minLength: 1, maxLength: 40 }),
      ...(isNew ? { code: text(t('systems.code'), { description: t('systems.codeHint'), pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$' }) } : {}),
      note_zh: text(t('systems.noteZh'), { maxLength: 120 }),
      note_en: text(t('systems.noteEn'), { maxLength: 120 }),
      way_in: { type: 'integer', title: t('systems.wayIn'), oneOf: ways.map((way) => ({ const: way, title: wayInText(way, t) })) },
      start_url: text(t('systems.startUrl'), { minLength: 1, maxLength: 500, pattern: '^https?://' }),
      ...(stored
        ? {
            login_url: text(t('systems.loginUrl'), { minLength: 1, maxLength: 500, pattern: '^https?://' }),
            user_field: text(t('systems.userField'), { minLength: 1, maxLength: 80 }),
            password_field: text(t('systems.passwordField'), { minLength: 1, maxLength: 80 }),
            cookie_domain: text(t('systems.cookieDomain'), { description: t('systems.cookieDomainHint'), maxLength: 120 }),
          }
        : {}),
      positions: { type: 'array', title: t('systems.who'), description: t('systems.whoHint'), uniqueItems: true, items: { type: 'string', oneOf: positions.map((name) => ({ const: name, title: t(`role.${name}`) })) } },
      active: { type: 'boolean', title: t('systems.shown') },
    },
    required: ['title_zh', 'title_en', ...(isNew ? ['code'] : []), 'way_in', 'start_url', ...(stored ? ['login_url', 'user_field', 'password_field'] : [])],
  }
}

function Remove({ system, name, onClose, onDone }: { system: ExternalSystem; name: string; onClose: () => void; onDone: () => void }) {
  const { t } = useSpeech()
  const remove = useMutation({
    mutationFn: () => systems.deleteSystem({ code: system.code }),
    onSuccess: () => {
      say({ tone: 'good', text: t('systems.removed', { name }) })
      onDone()
    },
  })
  return (
    <Dialog title={t('systems.removeNamed', { name })} onClose={onClose} footer={<><Button onClick={onClose}>{t('action.back')}</Button><Button type="primary" danger loading={remove.isPending} onClick={() => { remove.mutate() }}>{t('systems.remove')}</Button></>}>
      <p>{t('systems.removeHint')}</p>
      {remove.error ? <ErrorNote error={remove.error} compact /> : null}
    </Dialog>
  )
}

/** Adds or changes an older system. */
export default function SystemDialog({ system, mayDelete, onClose, onDone }: { system: ExternalSystem; mayDelete: boolean; onClose: () => void; onDone: () => void }) {
  const { t, language } = useSpeech()
  const [data, setData] = useState<Written>(() => writtenOf(system))
  const [removing, setRemoving] = useState(false)
  const isNew = system.version === 0n
  const name = titleIn(language, system, system.code)
  const schema = useSchema(data['way_in'] === WayIn.STORED_CREDENTIAL, isNew)
  if (removing) return <Remove system={system} name={name} onClose={() => { setRemoving(false) }} onDone={onDone} />
  return (
    <FormDialog
      title={isNew ? t('systems.add') : t('systems.edit', { name })}
      keep={`system ${system.code}`}
      submit={t('action.save')}
      initial={writtenOf(system)}
      schema={schema}
      ui={{ way_in: { 'ui:widget': 'radio' }, positions: { 'ui:widget': 'checkboxes' } }}
      onChange={setData}
      onSubmit={async (written) => {
        await systems.setSystem({ system: systemOf(system, written) })
        say({ tone: 'good', text: t('systems.saved') })
        onDone()
      }}
      onClose={onClose}
    >
      {!isNew && mayDelete ? <div className={style.remove}><Button danger type="text" onClick={() => { setRemoving(true) }}>{t('systems.remove')}</Button></div> : null}
    </FormDialog>
  )
}
