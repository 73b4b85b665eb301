import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { PanelLeftClose, PanelLeftOpen, UserRound } from 'lucide-react'

import { dispatch } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { TaskBucket } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { cx } from '@/shared/cx'
import { countText } from '@/shared/numbers'
import { Skeleton } from '@/shared/Skeleton'

import { useSpeech } from '../i18n'
import { doesTasks, useAccess } from '../me'
import { setPreferences, usePreferences } from '../preferences'
import { labelOf, type Module } from './modules'
import style from './Shell.module.css'
import { useModules } from './useModules'

/** Counts that matter, beside the names of their modules. */
function useCounts(): Partial<Record<Module['to'], { count: number; late: boolean }>> {
  const { sees, may } = useAccess()
  const mine = doesTasks()
  const { data } = useQuery({
    queryKey: ['tasks', 'counts', mine],
    enabled: sees('dispatch.task'),
    queryFn: ({ signal }) => dispatch.listTasks({ bucket: TaskBucket.TODO, mine, withCounts: true, page: { size: 1 } }, { signal }),
  })
  const { counts: waitingFor } = useModules()
  const counts = data?.counts
  const waiting = { '/approvals': { count: waitingFor.approvals, late: false } }
  if (!counts) return waiting
  return {
    ...waiting,
    '/': { count: Number(counts.overdue + counts.today), late: counts.overdue > 0n },
    ...(may('dispatch.assignment', Action.CHANGE) ? { '/tasks': { count: Number(counts.unassigned), late: false } } : {}),
    '/write-backs': { count: Number(counts.writeBackFailed), late: counts.writeBackFailed > 0n },
  }
}

/** Modules at the side, collapsible. */
export function Navigation() {
  const { t, language } = useSpeech()
  const { navigationCollapsed: collapsed } = usePreferences()
  const { known } = useAccess()
  const { modules: shown } = useModules()
  const counts = useCounts()
  return (
    <nav className={cx(style.side, collapsed && style.collapsed)} aria-label={t('shell.navigation')}>
      <ul>
        {shown.map((module, index) => {
          const count = counts[module.to]
          const first = module.section === 'settings' && shown[index - 1]?.section !== 'settings'
          const Icon = module.icon
          return (
            <li key={module.to} className={first ? style.apart : undefined}>
              <Link to={module.to} activeOptions={{ exact: module.to === '/', includeSearch: false }} className={style.module} title={collapsed ? t(labelOf(module)) : undefined}>
                <Icon aria-hidden="true" />
                <span className={style.moduleName}>{t(labelOf(module))}</span>
                {count && count.count > 0 ? <span className={cx(style.moduleCount, count.late && style.lateCount)}>{countText(count.count, language)}</span> : null}
              </Link>
            </li>
          )
        })}
        {known ? null : <li className={style.moduleWait}><Skeleton lines={3} tall /></li>}
      </ul>
      <button type="button" className={style.module} aria-expanded={!collapsed} onClick={() => { setPreferences({ navigationCollapsed: !collapsed }) }}>
        {collapsed ? <PanelLeftOpen aria-hidden="true" /> : <PanelLeftClose aria-hidden="true" />}
        <span className={style.moduleName}>{t(collapsed ? 'shell.expand' : 'shell.collapse')}</span>
      </button>
    </nav>
  )
}

/** The same at the bottom of a phone: the few that are used outdoors. */
export function BottomBar() {
  const { t } = useSpeech()
  const shown = useModules().modules.filter(({ to }) => to === '/' || to === '/customers' || (to === '/tasks' && !doesTasks()))
  const counts = useCounts()
  return (
    <nav className={style.bottom} aria-label={t('shell.navigation')}>
      {shown.map((module) => {
        const Icon = module.icon
        const count = counts[module.to]
        return (
          <Link key={module.to} to={module.to} activeOptions={{ exact: module.to === '/', includeSearch: false }}>
            <span className={style.bell}><Icon aria-hidden="true" />{count && count.count > 0 ? <span className={cx(style.badge, !count.late && style.calm)}>{count.count > 99 ? '99+' : count.count}</span> : null}</span>
            {t(module.to === '/customers' ? 'nav.customersShort' : module.to === '/' ? 'nav.todayShort' : module.label)}
          </Link>
        )
      })}
      <Link to="/me"><UserRound aria-hidden="true" />{t('nav.me')}</Link>
    </nav>
  )
}
