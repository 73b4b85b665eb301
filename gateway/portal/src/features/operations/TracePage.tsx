import { timestampDate } from '@bufbuild/protobuf/wkt'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { LogLine } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { Facts } from '@/shared/Facts'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page, Section } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { telemetry } from './client'
import { fieldsText, Level } from './LogsView'
import style from './Operations.module.css'
import { coveredUs, waterfall, type Step } from './waterfall'
import { callText, contractText, partText, tookText } from './words'

const route = getRouteApi('/operations/traces/$id')
const clock = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false })

function Bar({ step, whole }: { step: Step; whole: number }) {
  const left = (100 * Number(step.span.beginUs)) / whole
  const width = Math.max((100 * Number(step.span.tookUs)) / whole, 0.3)
  return (
    <svg className={style.bar} preserveAspectRatio="none" viewBox="0 0 100 10" aria-hidden="true">
      <rect x={Math.min(left, 99.7)} y={1} width={Math.min(width, 100 - Math.min(left, 99.7))} height={8} rx={0.4} className={step.span.failed ? style.barFailed : step.span.kind === 'client' ? style.barClient : style.barDone} />
    </svg>
  )
}

function StepRow({ step, whole, open, onOpen }: { step: Step; whole: number; open: boolean; onOpen: () => void }) {
  const speech = useSpeech()
  const { t, find } = speech
  const { span, depth } = step
  return (
    <li className={style.step}>
      <button type="button" aria-expanded={open} onClick={onOpen} data-depth={Math.min(depth, 9)}>
        <span className={style.stepName} data-depth={Math.min(depth, 9)}>
          <b>{partText(span.part, speech)}</b> {callText(span.name)} {Number(span.beginUs) > whole ? <span className="faint">{t('operations.later', { n: tookText(Number(span.beginUs) / 1000, speech) })}</span> : null} {span.failed ? <Tag tone="late">{t('operations.failed')}</Tag> : null}
        </span>
        <Bar step={step} whole={whole} />
        <span className={`numbers ${style.stepTook ?? ''}`}>{tookText(Number(span.tookUs) / 1000, speech)}</span>
      </button>
      {open ? (
        <Facts
          facts={[
            [t('operations.call'), span.name],
            [t('operations.kind'), find(`operations.kind.${span.kind}`) ?? span.kind],
            [t('operations.begins'), tookText(Number(span.beginUs) / 1000, speech)],
            [t('operations.own'), tookText(step.ownUs / 1000, speech)],
            [t('operations.error'), span.error],
          ]}
        />
      ) : null}
    </li>
  )
}

function Logs({ lines }: { lines: LogLine[] }) {
  const speech = useSpeech()
  return (
    <ul className={style.logs}>
      {lines.map((line) => (
        <li key={line.id}>
          <span className="numbers faint">{line.at ? clock.format(timestampDate(line.at)) : ''}</span> <Level level={line.level} /> <b>{partText(line.part, speech)}</b> {line.text}
          <pre>{fieldsText(line)}</pre>
        </li>
      ))}
    </ul>
  )
}

/** One trace: every step where it began and how long it took, and what the logs say of it. */
export default function TracePage() {
  const speech = useSpeech()
  const { t } = speech
  const { id } = route.useParams()
  const [open, setOpen] = useState('')
  const query = useQuery({ queryKey: ['operations', 'trace', id], queryFn: ({ signal }) => telemetry.getTrace({ traceId: id }, { signal }), retry: false })
  const steps = useMemo(() => waterfall(query.data?.spans ?? []), [query.data])
  const whole = coveredUs(steps)
  const line = query.data?.trace
  const above = <Link to="/operations" search={{ view: 'traces' }} className={style.back}><ArrowLeft size={15} aria-hidden="true" /> {t('operations.view.traces')}</Link>
  if (query.error) return <Page title={t('operations.trace')} above={above}><ErrorNote error={query.error} retry={() => void query.refetch()} /></Page>
  if (!query.data || !line) return <Page title={t('operations.trace')} above={above}><Skeleton lines={8} /></Page>
  return (
    <Page title={callText(line.name)} note={contractText(line.name)} above={above}>
      <div className={`panel ${style.traceHead ?? ''}`}>
          <Facts
            facts={[
              [t('operations.at'), <Time key="at" at={line.beganAt} />],
              [t('operations.took'), tookText(line.tookMs, speech)],
              [t('operations.through'), line.parts.map((part) => partText(part, speech)).join(' → ')],
              [t('operations.outcome'), line.failedIn ? <Tag key="failed" tone="late">{t('operations.failedIn', { part: partText(line.failedIn, speech) })}</Tag> : t('operations.good')],
              [t('operations.traceId'), <code key="id">{line.traceId}</code>],
            ]}
          />
      </div>
      <Section title={t('operations.steps', { n: steps.length })}>
        <ol className={style.waterfall}>
          {steps.map((step) => <StepRow key={step.span.spanId} step={step} whole={whole} open={open === step.span.spanId} onOpen={() => { setOpen(open === step.span.spanId ? '' : step.span.spanId) }} />)}
        </ol>
      </Section>
      <Section title={t('operations.logsOfTrace')}>
        {query.data.logs.length > 0 ? <Logs lines={query.data.logs} /> : <Empty title={t('operations.noLogsOfTrace')} hint={t('operations.noLogsOfTraceHint')} />}
      </Section>
    </Page>
  )
}
