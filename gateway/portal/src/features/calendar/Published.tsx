import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { BadgeCheck, CalendarClock } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { support } from '@/app/transport'
import type { CalendarYearDocument } from '@/rpc/crm/support/v1/support_pb'
import { Dialog } from '@/shared/Dialog'
import { ErrorNote } from '@/shared/Notes'
import { say } from '@/shared/toasts'

import style from './CalendarPage.module.css'
import { changing } from './queries'

/** Says that a year is not final yet, and lets somebody confirm that it is. */
export function Published({ calendar, may }: { calendar: CalendarYearDocument; may: boolean }) {
  const { t } = useSpeech()
  const [asking, setAsking] = useState(false)
  const set = useMutation({
    mutationFn: (published: boolean) => changing(support.setCalendarDays({ year: calendar.year, version: calendar.version, published })),
    onSuccess: (_, published) => {
      setAsking(false)
      say({ tone: 'good', text: t(published ? 'calendar.confirmed' : 'calendar.unconfirmed', { year: calendar.year }) })
    },
  })
  if (calendar.published) return may ? <><Button type="link" loading={set.isPending} onClick={() => { set.mutate(false) }}>{t('calendar.unconfirm')}</Button>{set.error ? <ErrorNote error={set.error} compact /> : null}</> : null
  return (
    <div className={style.banner} role="note">
      <CalendarClock aria-hidden="true" />
      <div>
        <p><b>{t('calendar.notYet', { year: calendar.year })}</b></p>
        <p>{t('calendar.notYetHint')}</p>
      </div>
      {may ? <Button type="primary" icon={<BadgeCheck size={15} aria-hidden="true" />} onClick={() => { setAsking(true) }}>{t('calendar.confirm')}</Button> : null}
      {asking ? (
        <Dialog
          title={t('calendar.confirmTitle', { year: calendar.year })}
          onClose={() => { setAsking(false) }}
          footer={<><Button onClick={() => { setAsking(false) }}>{t('action.back')}</Button><Button type="primary" loading={set.isPending} onClick={() => { set.mutate(true) }}>{t('calendar.confirm')}</Button></>}
        >
          <p>{t('calendar.confirmHint')}</p>
          {set.error ? <ErrorNote error={set.error} compact /> : null}
        </Dialog>
      ) : null}
    </div>
  )
}
