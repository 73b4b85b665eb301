import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { ShieldCheck, ShieldX } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { dayOf, fullDayText } from '@/shared/dates'
import { DayField } from '@/shared/DayField'
import { Dialog } from '@/shared/Dialog'
import { ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'

import style from './Audit.module.css'
import { audit } from './client'

/** Verifies that no entry of a day was edited or removed. */
export default function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { t, find, language } = useSpeech()
  const [day, setDay] = useState(() => dayOf(new Date()))
  const verify = useMutation({ mutationFn: () => audit.verifyAuditDay({ day }) })
  const found = verify.data
  return (
    <Dialog title={t('audit.verify')} onClose={onClose} footer={<><Button onClick={onClose}>{t('action.close')}</Button><Button type="primary" disabled={day === ''} loading={verify.isPending} onClick={() => { verify.mutate() }}>{t('audit.verifyDo')}</Button></>}>
      <p className="secondary">{t('audit.verifyHint')}</p>
      <div className={style.day}><span aria-hidden="true">{t('audit.day')}</span><DayField label={t('audit.day')} value={day} onChange={(chosen) => { verify.reset(); setDay(chosen ?? '') }} /></div>
      {verify.error ? <ErrorNote error={verify.error} compact /> : null}
      {found ? (
        <p className={found.intact ? style.intact : style.broken} role="status">
          {found.intact ? <ShieldCheck aria-hidden="true" /> : <ShieldX aria-hidden="true" />}
          {found.intact ? t('audit.intact', { day: fullDayText(day, language), n: countText(found.entries, language) }) : t('audit.broken', { day: fullDayText(day, language), n: String(found.firstWrong), why: find(`audit.wrong.${found.reason}`) ?? found.reason })}
        </p>
      ) : null}
    </Dialog>
  )
}
