import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, CircleX } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { PartState, type Part } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { Facts } from '@/shared/Facts'
import { ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { AlertLine } from './AlertLine'
import { alertsQuery, healthQuery } from './client'
import style from './Operations.module.css'
import { bytesText, detailText, partText, tookText } from './words'

const shapes = {
  [PartState.UNSPECIFIED]: ['unknown', 'quiet', CircleHelp],
  [PartState.UP]: ['up', 'accent', CircleCheck],
  [PartState.ATTENTION]: ['attention', 'late', CircleAlert],
  [PartState.DOWN]: ['down', 'late', CircleX],
  [PartState.ABSENT]: ['absent', 'quiet', CircleDashed],
} as const

function State({ state }: { state: PartState }) {
  const { t } = useSpeech()
  const [name, tone, Icon] = shapes[state]
  return <Tag tone={tone} icon={<Icon size={14} aria-hidden="true" />}>{t(`operations.state.${name}`)}</Tag>
}

/** A figure of a part; `fact` finds it by its name. */
function useFigures(part: Part) {
  const speech = useSpeech()
  const fact = (name: string) => part.facts.find((one) => one.name === name)?.value
  const days = part.facts.filter((one) => one.name === 'certificate_days_left').map((one) => one.value)
  const pending = part.consumers.reduce((sum, one) => sum + Number(one.pending), 0)
  const free = fact('disk_free_bytes')
  const size = fact('disk_size_bytes')
  const kept = fact('telemetry_kept_bytes')
  const dropped = fact('telemetry_dropped')
  const backup = fact('backup_size_bytes')
  const drill = fact('drill_age_seconds')
  const { t } = speech
  const { sees } = useAccess()
  return [
    [t('operations.heard'), part.heardAt ? <Time key="at" at={part.heardAt} past /> : undefined],
    [t('operations.started'), part.startedAt ? <Time key="since" at={part.startedAt} past /> : undefined],
    [t('operations.outbox'), Number(part.outboxWaiting) < 0 ? undefined : Number(part.outboxWaiting) === 0 ? '0' : t('operations.outboxOld', { n: Number(part.outboxWaiting), age: tookText(part.outboxOldestSeconds * 1000, speech) })],
    [t('operations.pending'), part.consumers.length > 0 ? String(pending) : undefined],
    [t('operations.dead'), Number(part.deadLetters) < 0 ? undefined : Number(part.deadLetters) > 0 && sees('operations.dead_letters') ? <Link key="dead" to="/operations" search={{ view: 'letters', part: part.name }}>{String(part.deadLetters)}</Link> : String(part.deadLetters)],
    [t('operations.memory'), Number(part.memoryBytes) > 0 ? bytesText(Number(part.memoryBytes)) : undefined],
    [t('operations.disk'), free !== undefined && size !== undefined && size > 0 ? t('operations.diskLeft', { free: bytesText(free), share: Math.round((100 * free) / size) }) : undefined],
    [t('operations.certificate'), days.length > 0 ? t('operations.unit.days', { n: Math.floor(Math.min(...days)) }) : undefined],
    [t('operations.kept'), kept === undefined ? undefined : bytesText(kept)],
    [t('operations.dropped'), dropped === undefined || dropped === 0 ? undefined : String(dropped)],
    [t('operations.backupSize'), backup === undefined ? undefined : bytesText(backup)],
    [t('operations.drill'), drill === undefined ? undefined : t('operations.unit.days', { n: (drill / 86400).toFixed(1) })],
    [t('operations.version'), part.version || undefined],
  ] as [string, React.ReactNode][]
}

function Card({ part }: { part: Part }) {
  const speech = useSpeech()
  const { t, find } = speech
  const figures = useFigures(part)
  return (
    <li className={`panel ${style.card ?? ''}`} data-part={part.name} data-state={shapes[part.state][0]}>
      <div className={style.cardHead}>
        <h3>{partText(part.name, speech)} <span className="faint">{part.name}</span></h3>
        <State state={part.state} />
      </div>
      {part.alerts.length > 0 ? <p className={style.why}>{part.alerts.map((rule) => find(`operations.rule.${rule}`) ?? rule).join(' · ')}</p> : null}
      {part.state === PartState.ABSENT ? <p className="secondary">{t('operations.absentHint')}</p> : null}
      <Facts facts={figures} />
      {part.dependencies.length > 0 ? (
        <p className={style.needs}>
          <span className="faint">{t(part.heardAt && Number(part.memoryBytes) > 0 ? 'operations.needs' : 'operations.seenBy')}</span>
          {part.dependencies.map((one) => (
            <span key={one.name} className={one.up ? style.fine : style.bad}>
              {one.up ? <CircleCheck size={13} aria-hidden="true" /> : <CircleX size={13} aria-hidden="true" />}
              {find(`operations.dependency.${one.name}`) ?? partText(one.name, speech)}
              {one.up ? (one.tookMs > 0 ? <span className="faint"> {tookText(one.tookMs, speech)}</span> : <span className="hiddenText">{t('operations.state.up')}</span>) : ` ${detailText(one.cause, speech) || t('operations.state.down')}`}
            </span>
          ))}
        </p>
      ) : null}
    </li>
  )
}

/** Every part at a glance: what calls for somebody first, then part by part. */
export function HealthView() {
  const { t } = useSpeech()
  const health = useQuery(healthQuery)
  const alerts = useQuery(alertsQuery)
  if (health.error && !health.data) return <ErrorNote error={health.error} retry={() => void health.refetch()} />
  if (!health.data) return <Skeleton lines={8} tall />
  const open = alerts.data?.alerts.filter((alert) => !alert.endedAt) ?? []
  return (
    <>
      {health.error ? <ErrorNote error={health.error} retry={() => void health.refetch()} compact /> : null}
      {open.length === 0 ? (
        health.data.alertsOpen === 0 ? <p className={`panel ${style.calm ?? ''}`}><CircleCheck size={18} aria-hidden="true" /> {t('operations.calm')}</p> : null
      ) : (
        <section className={`panel ${style.open ?? ''}`} aria-label={t('operations.view.alerts')}>
          <ul>{open.map((alert) => <AlertLine key={alert.id} alert={alert} rules={alerts.data?.rules ?? []} />)}</ul>
        </section>
      )}
      <ul className={style.cards} aria-label={t('operations.parts')}>
        {health.data.parts.map((part) => <Card key={part.name} part={part} />)}
      </ul>
    </>
  )
}
