import { useNavigate } from '@tanstack/react-router'
import { Bell } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import { currentNotices, readNotices, subscribeNotices } from '@/features/tasks/notices'
import { dayOf, whenText } from '@/shared/dates'
import { Menu } from '@/shared/Menu'
import { useNow } from '@/shared/useNow'

import { useSpeech } from '../i18n'
import style from './Shell.module.css'

/** What has happened since the page was opened. */
export function Notifications() {
  const { t, language } = useSpeech()
  const navigate = useNavigate()
  const now = useNow()
  const { notices, unread } = useSyncExternalStore(subscribeNotices, currentNotices)
  return (
    <div onPointerUp={readNotices} onKeyUp={readNotices} role="presentation">
      <Menu
        label={t('shell.notices', { n: unread })}
        className="iconButton"
        button={<span className={style.bell}><Bell aria-hidden="true" />{unread > 0 ? <span className={style.badge}>{unread}</span> : null}</span>}
        header={notices.length === 0 ? <span className="secondary">{t('shell.noNotices')}</span> : <b>{t('shell.noticesTitle')}</b>}
        items={notices.slice(0, 8).map((notice) => ({
          key: notice.id,
          label: <span className={style.notice}><span className="clip">{t(notice.change === 'overdue' ? 'live.overdue' : 'live.new', { title: notice.title })}</span><span className="faint numbers">{dayOf(notice.at) === dayOf(now) ? whenText(notice.at, now, language) : ''}</span></span>,
          onSelect: () => void navigate({ to: '/tasks/$id', params: { id: notice.taskId } }),
        }))}
      />
    </div>
  )
}
