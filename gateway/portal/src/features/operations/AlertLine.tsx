import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleX, History } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Severity, type Alert, type AlertRule } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { Time } from '@/shared/Time'

import style from './Operations.module.css'
import { alertText, detailText } from './words'

/** An alert in a line: what, since when, why, what to do, and whether somebody was told. */
export function AlertLine({ alert, rules }: { alert: Alert; rules: AlertRule[] }) {
  const speech = useSpeech()
  const { t, find } = speech
  const { sees } = useAccess()
  const unit = rules.find((rule) => rule.name === alert.rule)?.unit ?? ''
  const over = alert.endedAt !== undefined
  const Icon = over ? History : alert.severity === Severity.CRITICAL ? CircleX : CircleAlert
  const detail = detailText(alert.detail, speech)
  const todo = over ? '' : (find(`operations.rule.${alert.rule}.todo`) ?? '')
  return (
    <li className={over ? style.alertOver : style.alert} data-rule={alert.rule} data-part={alert.part}>
      <Icon size={18} aria-hidden="true" />
      <div>
        <p><b>{alertText(alert, unit, speech)}</b> {detail ? <span className="secondary">{detail}</span> : null}</p>
        {todo ? <p>{todo} {alert.rule === 'dead_letters' && sees('operations.dead_letters') ? <Link to="/operations" search={{ view: 'letters', part: alert.part }}>{t('operations.letters.open')}</Link> : null}</p> : null}
        <p className="secondary">
          {t('operations.since')} <Time at={alert.beganAt} past />
          {over ? <> · {t('operations.until')} <Time at={alert.endedAt} past /></> : null}
          {alert.noticesSent > 0 ? ` · ${t('operations.told', { n: alert.noticesSent })}` : ''}
          {alert.noticesWaiting > 0 ? ` · ${t('operations.telling', { n: alert.noticesWaiting })}` : ''}
        </p>
      </div>
    </li>
  )
}
