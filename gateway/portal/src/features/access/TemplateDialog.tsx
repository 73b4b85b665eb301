import { Button, Select } from 'antd'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { Role } from '@/rpc/crm/support/v1/access_pb'
import { Dialog } from '@/shared/Dialog'

import style from './Access.module.css'
import { useAccessNames } from './queries'
import { formsThatDiffer, startedFrom } from './rules'
import { roleText } from './words'

/** Starts a role from a template; says first what that would change. */
export default function TemplateDialog({ role, templates, onClose, onChoose }: { role: Role; templates: Role[]; onClose: () => void; onChoose: (template: Role) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const names = useAccessNames()
  const [name, setName] = useState(templates.some((one) => one.name === role.name) ? role.name : undefined)
  const chosen = templates.find((one) => one.name === name)
  const changes = chosen ? formsThatDiffer(role, startedFrom(role, chosen)) : []
  return (
    <Dialog title={t('access.startFromTemplate')} onClose={onClose} footer={<><Button onClick={onClose}>{t('action.back')}</Button><Button type="primary" disabled={!chosen || changes.length === 0} onClick={() => { if (chosen) onChoose(chosen) }}>{t('access.takeTemplate')}</Button></>}>
      <div className={style.field}>
        <span>{t('access.template')}</span>
        <Select aria-label={t('access.template')} placeholder={t('access.chooseTemplate')} value={name} onChange={setName} options={templates.map((one) => ({ value: one.name, label: roleText(one, one.name, speech) }))} />
      </div>
      {chosen ? <p className="secondary" style={{ marginTop: 12 }}>{changes.length === 0 ? t('access.templateSame') : t('access.templateChanges', { n: changes.length, forms: changes.map(names.formTitle).join(t('list.comma')) })}</p> : null}
    </Dialog>
  )
}
