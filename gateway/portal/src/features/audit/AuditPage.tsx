import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { Download, ShieldCheck } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'

import { AuditFilters } from './AuditFilters'
import style from './Audit.module.css'
import { audit } from './client'
import { Counts } from './Counts'
import { Entries } from './Entries'
import { filterOf } from './filter'
import { Findings } from './Findings'
import { Subnets } from './Subnets'

const TakeOutDialog = lazy(() => import('../disclosures/TakeOutDialog'))
const VerifyDialog = lazy(() => import('./VerifyDialog'))
const route = getRouteApi('/audit')
const views = ['entries', 'counts', 'findings', 'subnets'] as const

/** Who signed in, from where, and what they looked at: entry by entry, counted, and what is unusual. */
export default function AuditPage() {
  const { t } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/audit' })
  const { may } = useAccess()
  const [verifying, setVerifying] = useState(false)
  const view = search.view ?? 'entries'
  const [taking, setTaking] = useState(false)
  const actions = (
    <>
      {may('support.audit', Action.APPROVE) ? <Button icon={<ShieldCheck size={16} aria-hidden="true" />} onClick={() => { setVerifying(true) }}>{t('audit.verify')}</Button> : null}
      {may('support.audit', Action.EXPORT) && view !== 'subnets' ? <Button icon={<Download size={16} aria-hidden="true" />} onClick={() => { setTaking(true) }}>{t('export.title')}</Button> : null}
    </>
  )
  return (
    <Page title={t('audit.title')} note={t('audit.note')} fill={view === 'entries'} actions={actions}>
      <div className={style.views}>
        <Segments label={t('audit.view')} value={view} onChange={(value) => void navigate({ search: (old) => ({ ...old, view: value === 'entries' ? undefined : value }) })} options={views.map((value) => ({ value, label: t(`audit.view.${value}`) }))} />
      </div>
      <Suspense>{taking ? <TakeOutDialog keep="export support.audit" take={(reason) => audit.exportAuditEntries({ filter: filterOf(search), reason })} onClose={() => { setTaking(false) }} /> : null}</Suspense>
      {view === 'subnets' ? null : <AuditFilters view={view} search={search} onChange={(next) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })} onClear={() => void navigate({ search: view === 'entries' ? {} : { view }, replace: true })} />}
      {view === 'entries' ? <Entries filter={filterOf(search)} /> : null}
      {view === 'counts' ? <Counts filter={filterOf(search)} by={search.by ?? 'person'} onBy={(by) => void navigate({ search: (old) => ({ ...old, by: by === 'person' ? undefined : by }), replace: true })} /> : null}
      {view === 'findings' ? <Findings from={search.from ?? ''} to={search.to ?? ''} /> : null}
      {view === 'subnets' ? <Subnets mayChange={may('support.audit', Action.CHANGE)} /> : null}
      <Suspense>{verifying ? <VerifyDialog onClose={() => { setVerifying(false) }} /> : null}</Suspense>
    </Page>
  )
}
