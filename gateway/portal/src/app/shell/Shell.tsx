import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { Button } from 'antd'
import { CircleHelp, Languages, LogOut, Moon, Sun, UserRound, WifiOff } from 'lucide-react'
import { Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'

import { useRecordPageViews } from '@/features/audit/recordPageViews'
import { TaskCentre } from '@/features/disclosures/TaskCentre'
import { useTaskNews } from '@/features/tasks/useTaskNews'
import { Dialog } from '@/shared/Dialog'
import { Menu } from '@/shared/Menu'
import { Skeleton } from '@/shared/Skeleton'
import { Toasts } from '@/shared/Toasts'
import { usePhone } from '@/shared/useMedia'
import { useShortcuts } from '@/shared/useShortcuts'

import { useSpeech } from '../i18n'
import { liveConnected, subscribeLive } from '../live'
import { setPreferences, useDark } from '../preferences'
import { onSessionEnd, session, signIn, signOut } from '../session'
import { GlobalSearch } from './GlobalSearch'
import { Logo } from './Logo'
import { BottomBar, Navigation } from './Navigation'
import { Notifications } from './Notifications'
import style from './Shell.module.css'
import { Shortcuts } from './Shortcuts'

function PersonMenu() {
  const { t, language, changeLanguage } = useSpeech()
  const navigate = useNavigate()
  const dark = useDark()
  const { name, staff_number: number } = session()
  return (
    <Menu
      label={t('shell.person', { name })}
      className={style.person ?? ''}
      button={<><span className={style.initial} data-initial={name.slice(0, 1)} /><span className={style.personName}>{name}</span></>}
      header={<><b>{name}</b><br /><span className="secondary numbers">{number}</span></>}
      items={[
        { key: 'me', icon: <UserRound />, label: t('nav.me'), onSelect: () => void navigate({ to: '/me' }) },
        { key: 'theme', icon: dark ? <Sun /> : <Moon />, label: t(dark ? 'shell.toLight' : 'shell.toDark'), onSelect: () => { setPreferences({ theme: dark ? 'light' : 'dark' }) } },
        { key: 'language', icon: <Languages />, label: t(language === 'zh-CN' ? 'language.en' : 'language.zh-CN'), onSelect: () => void changeLanguage(language === 'zh-CN' ? 'en' : 'zh-CN') },
        { key: 'out', icon: <LogOut />, label: t('shell.signOut'), onSelect: () => void signOut() },
      ]}
    />
  )
}

function SessionEnded() {
  const { t } = useSpeech()
  const [over, setOver] = useState(false)
  useEffect(() => onSessionEnd(() => { setOver(true) }), [])
  if (!over) return null
  return (
    <Dialog title={t('session.ended')} onClose={signIn} footer={<Button type="primary" onClick={signIn}>{t('session.again')}</Button>}>
      <p>{t('session.endedHint')}</p>
    </Dialog>
  )
}

const PATIENCE_MS = 8_000

function LiveState() {
  const { t } = useSpeech()
  const connected = useSyncExternalStore(subscribeLive, liveConnected)
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (connected) return undefined
    const timer = setTimeout(() => { setLasting(true) }, PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [connected])
  return <span role="status" className={style.live}>{!connected && lasting ? <><WifiOff aria-hidden="true" /><span>{t('live.away')}</span></> : null}</span>
}

/** After a change of page the focus goes to what is new, so that a screen reader begins there. */
function useFocusOnMove(main: React.RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const first = useRef(true)
  useEffect(() => {
    if (first.current) first.current = false
    else main.current?.focus({ preventScroll: true })
  }, [path, main])
}

/** The frame around every page. */
export function Shell() {
  const { t, language } = useSpeech()
  const phone = usePhone()
  const main = useRef<HTMLElement>(null)
  const [help, setHelp] = useState(false)
  useTaskNews()
  useRecordPageViews()
  useFocusOnMove(main)
  useShortcuts({ '?': () => { setHelp(true) } })
  useEffect(() => {
    document.title = t('product.name')
  }, [t, language])
  return (
    <div className={style.shell}>
      <a className={style.skip} href="#main">{t('shell.skip')}</a>
      <header className={style.top}>
        <Link to="/" className={style.product} aria-label={t('product.name')}>
          <Logo />
          <span>{t('product.name')}</span>
        </Link>
        <GlobalSearch />
        <div className={style.tools}>
          <LiveState />
          <TaskCentre />
          <Notifications />
          {phone ? null : <button type="button" className="iconButton" aria-label={t('shortcuts.title')} title={`${t('shortcuts.title')} (?)`} onClick={() => { setHelp(true) }}><CircleHelp aria-hidden="true" /></button>}
          <PersonMenu />
        </div>
      </header>
      {phone ? null : <Navigation />}
      <main id="main" className={style.main} ref={main} tabIndex={-1}>
        <Suspense fallback={<div className={style.waiting}><Skeleton lines={8} tall /></div>}>
          <Outlet />
        </Suspense>
      </main>
      {phone ? <BottomBar /> : null}
      <Toasts />
      {help ? <Shortcuts onClose={() => { setHelp(false) }} /> : null}
      <SessionEnded />
    </div>
  )
}
