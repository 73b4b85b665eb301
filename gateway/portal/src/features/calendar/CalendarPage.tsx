import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { dayOf } from '@/shared/dates'
import { ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { UnitSelect } from '@/shared/UnitSelect'
import { usePhone } from '@/shared/useMedia'
import { useNow } from '@/shared/useNow'

import { usePeople } from '../organisation/queries'
import style from './CalendarPage.module.css'
import { Changes } from './Changes'
import { DayDialog } from './DayDialog'
import { withOwnDays } from './days'
import { Month } from './Month'
import { Published } from './Published'
import { yearQuery } from './queries'

const route = getRouteApi('/calendar')
const months = Array.from({ length: 12 }, (_, index) => index)
const legend = ['holiday', 'off', 'makeUp', 'short'] as const

function Legend() {
  const { t } = useSpeech()
  return (
    <ul className={style.legend} aria-label={t('calendar.legend')}>
      {legend.map((look) => <li key={look}><span className={`${style.sample ?? ''} ${style[look] ?? ''}`} aria-hidden="true">{look === 'short' ? '17' : look === 'makeUp' ? t('calendar.makeUpShort') : t('calendar.offShort')}</span>{t(`calendar.look.${look}`)}</li>)}
      <li><span className={style.sample} aria-hidden="true"><i className={style.dot} /></span>{t('calendar.localLegend')}</li>
    </ul>
  )
}

/** The year of the branch or a bureau: holidays, weekends worked to make up for them, and days of its own. */
export default function CalendarPage() {
  const { t } = useSpeech()
  const today = dayOf(useNow())
  const thisYear = Number(today.slice(0, 4))
  const { year = thisYear, unit = '' } = route.useSearch()
  const navigate = useNavigate({ from: '/calendar' })
  const access = useAccess()
  const units = useUnits()
  const people = usePeople()
  const phone = usePhone()
  const [opened, setOpened] = useState<string>()
  const { data, error, isPending, refetch } = useQuery(yearQuery(year, unit))
  const calendar = data?.calendar
  const special = useMemo(() => new Map((calendar?.days ?? []).map((day) => [day.date, day])), [calendar])
  const may = access.may('support.calendar', Action.CHANGE)
  const turn = (by: number) => void navigate({ search: (old) => ({ ...old, year: year + by }), replace: true })
  const branch = units.branch?.name ?? t('unit.kind.branch')
  // On a phone the months stand one below the other: this one first.
  useEffect(() => {
    if (phone && calendar && year === thisYear) document.getElementById('this-month')?.scrollIntoView({ block: 'start' })
  }, [phone, calendar, year, thisYear])
  return (
    <Page
      title={t('calendar.title')}
      note={t('calendar.note')}
      actions={
        <>
          {calendar ? <Tag tone={calendar.published ? 'accent' : 'outline'} {...(calendar.confirmedBy ? { title: t('calendar.confirmedBy', { name: people.name(calendar.confirmedBy) || calendar.confirmedBy }) } : {})}>{t(calendar.published ? 'calendar.published' : 'calendar.unpublished')}</Tag> : null}
          <button type="button" className="iconButton" aria-label={t('calendar.previousYear')} onClick={() => { turn(-1) }}><ChevronLeft aria-hidden="true" /></button>
          <b className="numbers">{year}</b>
          <button type="button" className="iconButton" aria-label={t('calendar.nextYear')} onClick={() => { turn(1) }}><ChevronRight aria-hidden="true" /></button>
        </>
      }
    >
      <div className={style.bar}>
        <UnitSelect className={style.unit} label={t('calendar.whose')} kinds={withOwnDays} placeholder={branch} value={unit || undefined} onChange={(next) => void navigate({ search: (old) => ({ ...old, unit: next }), replace: true })} />
        <Legend />
        <span className={style.links}>
          {access.sees('support.parameter') ? <Link to="/parameters" search={{ group: 'calendar', ...(unit ? { unit } : {}) }}>{t('calendar.hours')}</Link> : null}
          {calendar?.published && unit === '' ? <Published calendar={calendar} may={may} /> : null}
        </span>
      </div>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {calendar && !calendar.published ? <Published calendar={calendar} may={may && unit === ''} /> : null}
      {unit ? <p className="secondary">{t('calendar.ofBureau', { name: units.name(unit) })}</p> : null}
      {isPending ? <Skeleton lines={8} tall /> : null}
      {calendar ? (
        <div className={style.year}>
          {months.map((month) => (
            <div key={month} id={year === thisYear && month === Number(today.slice(5, 7)) - 1 ? 'this-month' : undefined}>
              <Month year={year} month={month} special={special} today={today} onOpen={may ? setOpened : undefined} />
            </div>
          ))}
        </div>
      ) : null}
      {calendar ? <Changes year={year} unitId={unit} /> : null}
      {calendar && opened ? <DayDialog key={opened} calendar={calendar} day={opened} known={special.get(opened)} unitId={unit} unitName={unit ? units.name(unit) : branch} onClose={() => { setOpened(undefined) }} /> : null}
    </Page>
  )
}
