import { Link } from '@tanstack/react-router'

import { useSpeech } from '@/app/i18n'

import style from './Access.module.css'

const tabs = [
  ['/roles', 'access.tab.roles'],
  ['/roles/versions', 'access.tab.versions'],
  ['/roles/why', 'access.tab.why'],
  ['/roles/preview', 'access.tab.preview'],
] as const

/** The pages about who may do what. */
export function AccessTabs() {
  const { t } = useSpeech()
  return (
    <nav className={style.tabs} aria-label={t('access.title')}>
      {tabs.map(([to, label]) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {t(label)}
        </Link>
      ))}
    </nav>
  )
}
