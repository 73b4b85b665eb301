import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { Copy, Eye, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page, Section } from '@/shared/Page'
import { Pager } from '@/shared/Pager'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { say } from '@/shared/toasts'

import style from './Access.module.css'
import { Assignments } from './Assignments'
import { editRole, editRoles, usePolicyDraft } from './draft'
import { DraftBar } from './DraftBar'
import { Matrix } from './Matrix'
import { formsQuery, templatesQuery } from './queries'
import { formsThatDiffer, startedFrom, withForm } from './rules'
import { roleText } from './words'

const TemplateDialog = lazy(() => import('./TemplateDialog'))
const route = getRouteApi('/roles/$name')

/** One role: who holds it, and form by form what it may do. */
export default function RolePage() {
  const speech = useSpeech()
  const { t } = speech
  const { name } = route.useParams()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/roles/$name' })
  const units = useUnits()
  const { may } = useAccess()
  const policy = usePolicyDraft()
  const forms = useQuery(formsQuery)
  const templates = useQuery(templatesQuery)
  const [starting, setStarting] = useState(false)
  // How our own services ask each other is not for administrators.
  const mayChange = may('support.role', Action.CHANGE) && name !== 'service'
  const at = policy.roles.findIndex((role) => role.name === name)
  const role = policy.roles[at]
  const inForce = policy.inForce?.roles.find((one) => one.name === name)
  const known = templates.data?.templates ?? []
  const template = known.find((one) => one.name === search.template)
  const go = (to: string | undefined) => (to ? () => void navigate({ to: '/roles/$name', params: { name: to }, search: {}, replace: true }) : undefined)
  const change = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const remove = () => {
    if (!role) return
    editRoles((roles) => roles.filter((one) => one.name !== name))
    say({ tone: 'good', text: t('access.removed', { name: roleText(role, name, speech) }), action: { label: t('action.undo'), run: () => { editRoles((roles) => [...roles, role]) } }, seconds: 10 })
    void navigate({ to: '/roles' })
  }
  const actions = role ? (
    <>
      <Button icon={<Eye size={16} aria-hidden="true" />} onClick={() => void navigate({ to: '/roles/preview', search: policy.begun ? { draft: true } : {} })}>{t('access.previewAs')}</Button>
      {mayChange ? <Button icon={<Copy size={16} aria-hidden="true" />} onClick={() => { setStarting(true) }}>{t('access.startFromTemplate')}</Button> : null}
      {mayChange && !role.builtIn ? <Button icon={<Trash2 size={16} aria-hidden="true" />} onClick={remove}>{t('access.removeRole')}</Button> : null}
    </>
  ) : null
  return (
    <Page
      title={role ? roleText(role, name, speech) : name}
      note={<span className={style.tags}><span>{name}</span>{role ? <Tag tone={role.builtIn ? 'quiet' : 'accent'}>{t(role.builtIn ? 'access.builtIn' : 'access.own')}</Tag> : null}{role && !inForce ? <Tag tone="outline">{t('access.newInDraft')}</Tag> : null}</span>}
      actions={actions}
      above={<Pager back={() => void navigate({ to: '/roles' })} backLabel={t('access.title')} {...(role ? { place: at + 1, count: policy.roles.length } : {})} previous={go(policy.roles[at - 1]?.name)} next={go(policy.roles[at + 1]?.name)} />}
    >
      {policy.error ? <ErrorNote error={policy.error} retry={policy.retry} /> : null}
      {forms.error ? <ErrorNote error={forms.error} retry={() => void forms.refetch()} /> : null}
      {policy.pending || forms.isPending ? <Skeleton lines={9} tall /> : null}
      {!policy.pending && !policy.error && !role ? <Empty title={t('access.noSuchRole')} hint={t('access.noSuchRoleHint')} /> : null}
      {role && forms.data ? (
        <>
          <Section title={t('access.holders')}>
            <Assignments role={role} mayChange={mayChange} onChange={(assignments) => { editRole(name, (one) => ({ ...one, assignments })) }} />
          </Section>
          <Section
            title={t('access.rules')}
            aside={
              <span className={style.tags}>
                {template ? <span className="secondary">{t('access.differsIn', { n: formsThatDiffer(role, template).length })}</span> : null}
                <Select allowClear popupMatchSelectWidth={false} aria-label={t('access.compareTemplate')} placeholder={t('access.compareTemplate')} value={search.template} onChange={(value?: string) => { change({ template: value }) }} options={known.map((one) => ({ value: one.name, label: t('access.templateNamed', { name: roleText(one, one.name, speech) }) }))} />
              </span>
            }
          >
            <Matrix role={role} inForce={inForce} template={template} forms={forms.data.forms} unitName={units.name} mayChange={mayChange} open={search.form} onOpen={(form) => { change({ form }) }} onChange={(form, rules) => { editRole(name, (one) => withForm(one, form, rules)) }} />
          </Section>
          {mayChange ? <DraftBar /> : null}
          <Suspense>
            {starting ? (
              <TemplateDialog
                role={role}
                templates={known}
                onClose={() => { setStarting(false) }}
                onChoose={(chosen) => {
                  setStarting(false)
                  editRole(name, (one) => startedFrom(one, chosen))
                  change({ template: chosen.name })
                }}
              />
            ) : null}
          </Suspense>
        </>
      ) : null}
    </Page>
  )
}
