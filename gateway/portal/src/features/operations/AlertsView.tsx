import { useQuery } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { Severity } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'

import { AlertLine } from './AlertLine'
import { alertsQuery } from './client'
import style from './Operations.module.css'
import { Scroll } from './Scroll'
import { figureText } from './words'

/** Alerts that go on, those of the last days, and the rules they come from. */
export function AlertsView() {
  const speech = useSpeech()
  const { t, find } = speech
  const query = useQuery(alertsQuery)
  if (query.error && !query.data) return <ErrorNote error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Skeleton lines={6} />
  const { alerts, rules, channels } = query.data
  return (
    <>
      <p className="secondary">{channels.length > 0 ? t('operations.sentBy', { ways: channels.map((way) => find(`operations.way.${way}`) ?? way).join(', ') }) : t('operations.notSent')}</p>
      <section className={`panel ${style.open ?? ''}`} aria-label={t('operations.view.alerts')}>
        {alerts.length === 0 ? <Empty icon={<BellOff aria-hidden="true" />} title={t('operations.noAlerts')} hint={t('operations.noAlertsHint')} /> : <ul>{alerts.map((alert) => <AlertLine key={alert.id} alert={alert} rules={rules} />)}</ul>}
      </section>
      <Section title={t('operations.rules')}>
        <Scroll label={t('operations.rules')}>
          <table className={style.table}>
            <thead><tr><th scope="col">{t('operations.ruleName')}</th><th scope="col">{t('operations.severity')}</th><th scope="col" className={style.number}>{t('operations.limit')}</th><th scope="col" className={style.number}>{t('operations.hold')}</th></tr></thead>
            <tbody>
              {rules.map((rule) => (
                <tr key={rule.name}>
                  <th scope="row">{find(`operations.rule.${rule.name}`) ?? rule.name}</th>
                  <td>{t(rule.severity === Severity.CRITICAL ? 'operations.critical' : 'operations.warning')}</td>
                  <td className={style.number}>{rule.unit ? figureText(rule.limit, rule.unit, speech) : '—'}</td>
                  <td className={style.number}>{rule.holdSeconds > 0 ? t('operations.unit.s', { n: rule.holdSeconds }) : t('operations.atOnce')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </Section>
    </>
  )
}
