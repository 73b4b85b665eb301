import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'

import { AlertsView } from './AlertsView'
import { CallsView } from './CallsView'
import { healthQuery } from './client'
import { HealthView } from './HealthView'
import { LettersView } from './LettersView'
import { LogsView } from './LogsView'
import style from './Operations.module.css'
import { TracesView } from './TracesView'

const route = getRouteApi('/operations')
const views = [['health', 'telemetry.health'], ['calls', 'telemetry.calls'], ['traces', 'telemetry.traces'], ['logs', 'telemetry.traces'], ['alerts', 'telemetry.alerts'], ['letters', 'operations.dead_letters']] as const

/** How the suite is: its parts, its calls, where time goes, what its logs say, and what calls for somebody. */
export default function OperationsPage() {
  const { t } = useSpeech()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/operations' })
  const { sees } = useAccess()
  const health = useQuery({ ...healthQuery, enabled: sees('telemetry.health') })
  const view = search.view ?? 'health'
  const open = health.data?.alertsOpen ?? 0
  const dead = health.data?.parts.reduce((sum, part) => sum + Math.max(Number(part.deadLetters), 0), 0) ?? 0
  const counted = { alerts: open, letters: dead }
  const elsewhere = health.data?.sentElsewhere ?? ''
  const set = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  return (
    <Page title={t('operations.title')} note={t('operations.note')} fill={view === 'logs' || view === 'traces'}>
      <div className={style.views}>
        <Segments
          label={t('operations.view')}
          value={view}
          onChange={(value) => void navigate({ search: value === 'health' ? {} : { view: value } })}
          options={views.filter(([, form]) => sees(form)).map(([value]) => ({ value, label: (value === 'alerts' || value === 'letters') && counted[value] > 0 ? t(`operations.view.${value}Open`, { n: counted[value] }) : t(`operations.view.${value}`) }))}
        />
      </div>
      {elsewhere === '' ? null : <p className={style.elsewhere} role="note">{t('operations.elsewhere', { where: elsewhere })}</p>}
      {view === 'health' ? <HealthView /> : null}
      {view === 'calls' ? <CallsView minutes={search.minutes ?? 60} part={search.part ?? ''} onChange={set} /> : null}
      {view === 'traces' ? <TracesView search={search} onChange={set} /> : null}
      {view === 'logs' ? <LogsView search={search} onChange={set} /> : null}
      {view === 'alerts' ? <AlertsView /> : null}
      {view === 'letters' ? <LettersView part={search.part ?? ''} onChange={(part) => { set({ part: part || undefined }) }} /> : null}
    </Page>
  )
}
