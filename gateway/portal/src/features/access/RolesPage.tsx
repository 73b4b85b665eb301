import { useNavigate, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { Plus, ShieldCheck } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { Role } from '@/rpc/crm/support/v1/access_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Tag } from '@/shared/Tag'

import style from './Access.module.css'
import { AccessTabs } from './AccessTabs'
import { usePolicyDraft } from './draft'
import { DraftBar } from './DraftBar'
import { formCount, formsThatDiffer, sameHolders } from './rules'
import { holderText, roleText } from './words'

const NewRoleDialog = lazy(() => import('./NewRoleDialog'))

/** Whether a role is as it is in force. */
function Marks({ role, inForce }: { role: Role; inForce: Role | undefined }) {
  const { t } = useSpeech()
  const changed = inForce && (formsThatDiffer(role, inForce).length > 0 || !sameHolders(role, inForce))
  return (
    <span className={style.tags}>
      <Tag tone={role.builtIn ? 'quiet' : 'accent'}>{t(role.builtIn ? 'access.builtIn' : 'access.own')}</Tag>
      {!inForce ? <Tag tone="outline">{t('access.newInDraft')}</Tag> : changed ? <Tag tone="outline">{t('access.changedInDraft')}</Tag> : null}
    </span>
  )
}

/** Roles: what each is called, who holds it, and how many forms it is about. */
export default function RolesPage() {
  const speech = useSpeech()
  const { t, find } = speech
  const navigate = useNavigate()
  const units = useUnits()
  const { may } = useAccess()
  const policy = usePolicyDraft()
  const [adding, setAdding] = useState(false)
  const mayChange = may('support.role', Action.CHANGE)
  const before = new Map((policy.inForce?.roles ?? []).map((role) => [role.name, role]))
  const holders = (role: Role) => {
    const named = role.assignments.map((one) => holderText(one, speech, units.name))
    const position = find(`role.${role.name}`)
    return [...(role.builtIn && position ? [t('access.holder.position', { name: position })] : []), ...named].join(t('list.comma')) || t(role.builtIn ? 'access.ofMachines' : 'access.nobody')
  }
  const columns: Column<Role>[] = [
    { key: 'title', title: t('access.role'), track: 'minmax(150px, 1.4fr)', render: (role) => <Link to="/roles/$name" params={{ name: role.name }}>{roleText(role, role.name, speech)}</Link> },
    { key: 'name', title: t('access.roleName'), track: 'minmax(120px, 1fr)', render: (role) => <span className="secondary">{role.name}</span> },
    { key: 'kind', title: t('access.roleKind'), track: '190px', render: (role) => <Marks role={role} inForce={before.get(role.name)} /> },
    { key: 'holders', title: t('access.holders'), track: 'minmax(180px, 2.4fr)', render: (role) => <span title={holders(role)}>{holders(role)}</span> },
    { key: 'forms', title: t('access.forms'), track: '72px', align: 'end', render: (role) => formCount(role) },
  ]
  return (
    <Page title={t('access.title')} note={t('access.note')} fill actions={mayChange ? <Button type="primary" icon={<Plus size={16} aria-hidden="true" />} onClick={() => { setAdding(true) }}>{t('access.newRole')}</Button> : null}>
      <AccessTabs />
      <List
        label={t('access.tab.roles')}
        rows={policy.roles}
        rowKey={(role) => role.name}
        columns={columns}
        total={policy.roles.length}
        loading={policy.pending}
        error={policy.error}
        retry={policy.retry}
        more={false}
        loadMore={() => undefined}
        onOpen={(role) => void navigate({ to: '/roles/$name', params: { name: role.name } })}
        empty={<Empty icon={<ShieldCheck aria-hidden="true" />} title={t('access.noRoles')} hint={t('access.noRolesHint')} />}
        card={(role) => (
          <div className={style.card}>
            <p><Link to="/roles/$name" params={{ name: role.name }}>{roleText(role, role.name, speech)}</Link> <Marks role={role} inForce={before.get(role.name)} /></p>
            <p className="secondary">{holders(role)} · {t('access.formsCount', { n: formCount(role) })}</p>
          </div>
        )}
      />
      {mayChange ? <DraftBar /> : null}
      <Suspense>{adding ? <NewRoleDialog onClose={() => { setAdding(false) }} /> : null}</Suspense>
    </Page>
  )
}
