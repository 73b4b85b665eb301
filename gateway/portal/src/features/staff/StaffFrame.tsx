import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'

import style from './StaffPage.module.css'

const parts = ['people', 'pairs', 'stand-ins', 'accounts'] as const

/** The frame of each part: the parts to choose from, and what can be done in this one. */
export function StaffFrame({ show, actions, children }: { show: (typeof parts)[number]; actions?: ReactNode; children: ReactNode }) {
  const { t } = useSpeech()
  const navigate = useNavigate({ from: '/staff' })
  const access = useAccess()
  const shown = access.may('support.staff', Action.CHANGE) ? parts : (['pairs', 'stand-ins'] as const)
  return (
    <Page title={t('staff.title')} actions={actions} fill>
      <div className={style.tabs}>
        <Segments label={t('staff.parts')} value={show} onChange={(next) => void navigate({ search: { show: next === 'people' ? undefined : next } })} options={shown.map((value) => ({ value, label: t(`staff.part.${value}`) }))} />
      </div>
      {children}
    </Page>
  )
}
