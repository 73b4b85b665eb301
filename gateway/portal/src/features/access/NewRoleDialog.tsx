import { create } from '@bufbuild/protobuf'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { RoleSchema } from '@/rpc/crm/support/v1/access_pb'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'

import style from './Access.module.css'
import { editRoles, usePolicyDraft } from './draft'
import { templatesQuery } from './queries'
import { startedFrom } from './rules'
import { roleText } from './words'

/** Names that are pages beside the roles. */
const taken = new Set(['versions', 'why', 'preview', 'draft'])

/** A new role, empty or with the rules of a template. */
export default function NewRoleDialog({ onClose }: { onClose: () => void }) {
  const speech = useSpeech()
  const { t } = speech
  const navigate = useNavigate()
  const policy = usePolicyDraft()
  const templates = useQuery(templatesQuery)
  const starts = useMemo(() => templates.data?.templates ?? [], [templates.data])
  const doubled = (data: Written) => taken.has(String(data['name'])) || policy.roles.some((role) => role.name === data['name'])
  const add = (data: Written) => {
    const name = String(data['name'])
    const role = create(RoleSchema, { name, titleZh: String(data['title_zh']).trim(), titleEn: String(data['title_en'] ?? '').trim() })
    const template = starts.find((one) => one.name === data['from'])
    editRoles((roles) => [...roles, template ? startedFrom(role, template) : role])
    onClose()
    return navigate({ to: '/roles/$name', params: { name }, search: template ? { template: template.name } : {} })
  }
  return (
    <FormDialog
      title={t('access.newRole')}
      keep="role"
      submit={t('access.addRole')}
      initial={{}}
      schema={{
        type: 'object',
        properties: {
          title_zh: { type: 'string', title: t('access.titleZh'), minLength: 1, maxLength: 40 },
          title_en: { type: 'string', title: t('access.titleEn'), minLength: 1, maxLength: 60 },
          name: { type: 'string', title: t('access.roleName'), description: t('access.nameHint'), pattern: '^[a-z][a-z0-9_]{1,39}$' },
          from: { type: 'string', title: t('access.startFrom'), oneOf: starts.map((role) => ({ const: role.name, title: roleText(role, role.name, speech) })) },
        },
        required: ['title_zh', 'title_en', 'name'],
      }}
      ready={(data) => !doubled(data)}
      onSubmit={add}
      onClose={onClose}
    >
      {(data) => (doubled(data) ? <p className={style.refused} role="alert">{t('access.nameTaken')}</p> : null)}
    </FormDialog>
  )
}
