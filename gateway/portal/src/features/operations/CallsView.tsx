import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Table2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { timestampDate } from '@bufbuild/protobuf/wkt'

import { useSpeech } from '@/app/i18n'
import type { Call, TimelinePoint } from '@/rpc/crm/telemetry/v1/telemetry_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'

import { telemetry } from './client'
import style from './Operations.module.css'
import { Scroll } from './Scroll'
import { callText, contractText, partText, tookText } from './words'

const Chart = lazy(() => import('@/shared/Chart'))
const windows = ['5', '15', '60'] as const
const figures = ['calls', 'latency', 'queues'] as const
const clock = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false })

function seriesOf(points: TimelinePoint[], figure: (typeof figures)[number], t: ReturnType<typeof useSpeech>['t']) {
  if (figure === 'calls') return [{ name: t('operations.callsAMinute'), values: points.map((one) => one.calls) }, { name: t('operations.errorsAMinute'), values: points.map((one) => one.errors), late: true }]
  if (figure === 'latency') return [{ name: 'p50', values: points.map((one) => one.p50Ms) }, { name: 'p99', values: points.map((one) => one.p99Ms), late: true }]
  return [{ name: t('operations.outboxWaiting'), values: points.map((one) => Number(one.outboxWaiting)) }, { name: t('operations.consumerPending'), values: points.map((one) => Number(one.consumerPending)) }]
}

function Timeline({ minutes, part }: { minutes: number; part: string }) {
  const { t } = useSpeech()
  const [figure, setFigure] = useState<(typeof figures)[number]>('calls')
  const [asTable, setAsTable] = useState(false)
  const query = useQuery({ queryKey: ['operations', 'timeline', minutes, part], queryFn: ({ signal }) => telemetry.getTimeline({ minutes, part }, { signal }), refetchInterval: 15_000, placeholderData: (old) => old })
  const points = query.data?.points ?? []
  const times = points.map((one) => (one.at ? clock.format(timestampDate(one.at)) : ''))
  const series = seriesOf(points, figure, t)
  return (
    <Section title={t('operations.overTime')} aside={<button type="button" className="iconButton" aria-pressed={asTable} aria-label={t('operations.asTable')} title={t('operations.asTable')} onClick={() => { setAsTable(!asTable) }}><Table2 aria-hidden="true" /></button>}>
      <div className={style.chart}>
        <Segments label={t('operations.overTime')} value={figure} onChange={setFigure} options={figures.map((value) => ({ value, label: t(`operations.figure.${value}`) }))} />
        {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} compact /> : null}
        {!query.data && !query.error ? <Skeleton lines={4} tall /> : null}
        {query.data && points.length === 0 ? <Empty title={t('operations.noFigures')} hint={t('operations.noFiguresHint')} /> : null}
        {points.length > 0 && !asTable ? <Suspense fallback={<Skeleton lines={4} tall />}><Chart label={`${t('operations.overTime')}: ${t(`operations.figure.${figure}`)}`} times={times} series={series} unit={figure === 'latency' ? 'ms' : ''} /></Suspense> : null}
        {points.length > 0 && asTable ? (
          <Scroll label={t('operations.overTime')}>
            <table className={style.table}>
              <thead><tr><th scope="col">{t('operations.at')}</th>{series.map((one) => <th key={one.name} scope="col" className={style.number}>{one.name}</th>)}</tr></thead>
              <tbody>{times.map((time, index) => <tr key={`${time}/${String(index)}`}><th scope="row">{time}</th>{series.map((one) => <td key={one.name} className={style.number}>{String(Math.round((one.values[index] ?? 0) * 10) / 10)}</td>)}</tr>)}</tbody>
            </table>
          </Scroll>
        ) : null}
      </div>
    </Section>
  )
}

function Row({ call, minutes }: { call: Call; minutes: number }) {
  const speech = useSpeech()
  const calls = Number(call.calls)
  const errors = Number(call.errors)
  return (
    <tr>
      <th scope="row"><Link to="/operations" search={{ view: 'traces', order: 'slowest', name: call.method }} title={contractText(call.method)}>{callText(call.method)}</Link></th>
      <td>{partText(call.part, speech)}</td>
      <td className={style.number}>{calls}</td>
      <td className={style.number}>{(calls / minutes).toFixed(1)}</td>
      <td className={`${style.number ?? ''} ${errors > 0 ? (style.bad ?? '') : ''}`}>{errors > 0 ? `${String(errors)} (${((100 * errors) / calls).toFixed(1)}%)` : '0'}</td>
      <td className={style.number}>{String(call.refused)}</td>
      <td className={style.number}>{tookText(call.p50Ms, speech)}</td>
      <td className={style.number}>{tookText(call.p95Ms, speech)}</td>
      <td className={style.number}>{tookText(call.p99Ms, speech)}</td>
    </tr>
  )
}

/** Rate, errors and latency of every call, and over time. A call leads to its slowest traces. */
export function CallsView({ minutes, part, onChange }: { minutes: number; part: string; onChange: (next: { minutes?: number; part?: string }) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const query = useQuery({ queryKey: ['operations', 'calls', minutes], queryFn: ({ signal }) => telemetry.listCalls({ minutes }, { signal }), refetchInterval: 10_000, placeholderData: (old) => old })
  const calls = query.data?.calls ?? []
  const parts = [...new Set(calls.map((call) => call.part))].sort()
  const shown = part === '' ? calls : calls.filter((call) => call.part === part)
  return (
    <>
      <div className={style.filters}>
        <Segments label={t('operations.window')} value={windows.find((one) => Number(one) === minutes) ?? '60'} onChange={(value) => { onChange({ minutes: Number(value) }) }} options={windows.map((value) => ({ value, label: t('operations.minutes', { n: value }) }))} />
        <Segments label={t('operations.part')} value={part} onChange={(value) => { onChange({ part: value }) }} options={[{ value: '', label: t('operations.everyPart') }, ...parts.map((name) => ({ value: name, label: partText(name, speech) }))]} />
      </div>
      <Timeline minutes={Math.max(minutes, 15)} part={part} />
      <Section title={t('operations.calls')}>
        {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} compact /> : null}
        {query.data === undefined && !query.error ? <Skeleton lines={6} /> : null}
        {query.data && shown.length === 0 ? <Empty title={t('operations.noCalls')} hint={t('operations.noCallsHint')} /> : null}
        {shown.length > 0 ? (
          <Scroll label={t('operations.calls')}>
            <table className={style.table}>
              <thead><tr><th scope="col">{t('operations.call')}</th><th scope="col">{t('operations.part')}</th>{(['count', 'perMinute', 'errors', 'refused'] as const).map((name) => <th key={name} scope="col" className={style.number}>{t(`operations.column.${name}`)}</th>)}{['p50', 'p95', 'p99'].map((name) => <th key={name} scope="col" className={style.number}>{name}</th>)}</tr></thead>
              <tbody>{shown.map((call) => <Row key={`${call.part}/${call.method}`} call={call} minutes={query.data?.minutes ?? minutes} />)}</tbody>
            </table>
          </Scroll>
        ) : null}
      </Section>
    </>
  )
}
