import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { CalendarClock, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { tell } from '@/app/refusal'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { StandInPeriod } from '@/rpc/crm/support/v1/organisation_pb'
import { dayOf, fullDayText } from '@/shared/dates'
import { FormDialog } from '@/shared/form/FormDialog'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { PersonSelect } from '@/shared/PersonSelect'
import { Tag } from '@/shared/Tag'
import { say } from '@/shared/toasts'
import { useNow } from '@/shared/useNow'

import { organisation, usePeople } from '../organisation/queries'
import { written } from './forms'
import { periodState } from './periods'
import { changing, standInsQuery } from './queries'
import { StaffFrame } from './StaffFrame'
import style from './StaffPage.module.css'

const route = getRouteApi('/staff')

/** Who stands in for whom, from when to when. */
function NewStandInDialog({ absent, onClose }: { absent: string; onClose: () => void }) {
  const { t } = useSpeech()
  const today = dayOf(useNow())
  return (
    <FormDialog
      title={t('standIn.add.title')}
      keep="stand-in"
      intro={<p className="secondary">{t('standIn.add.hint')}</p>}
      schema={{
        type: 'object',
        required: ['absent_number', 'stand_in_number', 'valid_from', 'valid_to'],
        properties: {
          absent_number: { type: 'string', title: t('standIn.absent') },
          stand_in_number: { type: 'string', title: t('standIn.standIn') },
          valid_from: { type: 'string', format: 'date', title: t('period.from') },
          valid_to: { type: 'string', format: 'date', title: t('period.to') },
        },
      }}
      ui={{ absent_number: { 'ui:widget': 'person' }, stand_in_number: { 'ui:widget': 'person' }, valid_from: { 'ui:widget': 'date' }, valid_to: { 'ui:widget': 'date' } }}
      initial={{ valid_from: today, ...(absent ? { absent_number: absent } : {}) }}
      submit={t('standIn.add.do')}
      onClose={onClose}
      onSubmit={async (data) => {
        await changing(organisation.setStandIn({ period: { absentNumber: written(data, 'absent_number'), standInNumber: written(data, 'stand_in_number'), validFrom: written(data, 'valid_from'), validTo: written(data, 'valid_to') } }))
        say({ tone: 'good', text: t('standIn.add.done') })
        onClose()
      }}
    />
  )
}

/** Takes a stand-in back, which can be undone by naming them anew. */
export function useTakeBack() {
  const speech = useSpeech()
  const { t } = speech
  const refused = (cause: unknown) => {
    const told = tell(cause, speech)
    say({ tone: 'bad', text: told.what, detail: `${told.why} ${told.next}` })
  }
  return useMutation({
    mutationFn: (period: StandInPeriod) => changing(organisation.setStandIn({ period: { ...period, cancelled: true } })),
    onSuccess: (_, { absentNumber, standInNumber, validFrom, validTo }) => {
      const again = () => void changing(organisation.setStandIn({ period: { absentNumber, standInNumber, validFrom, validTo } })).catch(refused)
      say({ tone: 'good', text: t('standIn.taken'), action: { label: t('action.undo'), run: again }, seconds: 8 })
    },
    onError: refused,
  })
}

/** How a period stands today. */
export function PeriodTag({ period }: { period: StandInPeriod }) {
  const { t } = useSpeech()
  const state = periodState(period, dayOf(useNow()))
  return <Tag tone={state === 'now' ? 'accent' : state === 'coming' ? 'outline' : 'quiet'}>{t(`standIn.state.${state}`)}</Tag>
}

/** Who looks after whose tasks and approvals while they are away. */
export function StandIns() {
  const { t, language } = useSpeech()
  const { query: person } = route.useSearch()
  const navigate = useNavigate({ from: '/staff' })
  const access = useAccess()
  const people = usePeople()
  const may = access.may('support.staff', Action.CHANGE)
  const today = dayOf(useNow())
  const [adding, setAdding] = useState(false)
  const periods = useQuery({ ...standInsQuery(person ?? ''), placeholderData: (old) => old })
  const { mutate: takeBack, isPending, variables } = useTakeBack()
  const open = (period: StandInPeriod) => may && ['now', 'coming'].includes(periodState(period, today))
  const columns = useMemo<Column<StandInPeriod>[]>(() => {
    const who = (number: string) => <>{people.name(number) || number}<span className={style.number}>{number}</span></>
    const name = (number: string) => (may ? <Link to="/staff/$number" params={{ number }}>{who(number)}</Link> : who(number))
    const back = (period: StandInPeriod) => (may && ['now', 'coming'].includes(periodState(period, today)) ? <Button size="small" loading={isPending && variables.id === period.id} onClick={() => { takeBack(period) }}>{t('standIn.takeBack')}</Button> : null)
    return [
      { key: 'absent', title: t('standIn.absent'), track: 'minmax(150px, 1.4fr)', render: (period) => name(period.absentNumber) },
      { key: 'standIn', title: t('standIn.standIn'), track: 'minmax(150px, 1.4fr)', render: (period) => name(period.standInNumber) },
      { key: 'from', title: t('period.from'), track: '140px', render: (period) => fullDayText(period.validFrom, language) },
      { key: 'to', title: t('period.to'), track: '140px', render: (period) => fullDayText(period.validTo, language) },
      { key: 'state', title: t('staff.field.state'), track: '100px', render: (period) => <PeriodTag period={period} /> },
      { key: 'do', title: '', track: '96px', align: 'end', render: back },
    ]
  }, [people, may, today, t, language, takeBack, isPending, variables])
  const rows = periods.data?.periods ?? []
  return (
    <StaffFrame show="stand-ins" actions={may ? <Button type="primary" icon={<Plus size={15} aria-hidden="true" />} onClick={() => { setAdding(true) }}>{t('standIn.add')}</Button> : null}>
      <div className={style.filters}>
        <PersonSelect className={style.search} label={t('standIn.whose')} allowClear value={person} onChange={(query) => void navigate({ search: (old) => ({ ...old, query }), replace: true })} />
      </div>
      <List
        label={t('staff.part.stand-ins')}
        rows={rows}
        rowKey={(period) => period.id}
        columns={columns}
        total={rows.length}
        loading={periods.isPending}
        error={periods.error}
        retry={() => void periods.refetch()}
        more={false}
        loadMore={() => undefined}
        empty={<Empty icon={<CalendarClock aria-hidden="true" />} title={t('standIn.none')} hint={t('standIn.noneHint')} />}
        card={(period) => (
          <div className={style.card}>
            <div>
              <p><b>{people.name(period.absentNumber) || period.absentNumber}</b> → {people.name(period.standInNumber) || period.standInNumber}</p>
              <p className="secondary">{fullDayText(period.validFrom, language)} — {fullDayText(period.validTo, language)}</p>
              <PeriodTag period={period} />
            </div>
            {open(period) ? <Button size="small" onClick={() => { takeBack(period) }}>{t('standIn.takeBack')}</Button> : null}
          </div>
        )}
      />
      {adding ? <NewStandInDialog absent={person ?? ''} onClose={() => { setAdding(false) }} /> : null}
    </StaffFrame>
  )
}
