import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChartNoAxesColumn } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { AuditCount } from '@/rpc/crm/support/v1/audit_pb'
import { dayText } from '@/shared/dates'
import { Empty, ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { useNow } from '@/shared/useNow'

import style from './Audit.module.css'
import { audit } from './client'
import type { Filter } from './filter'

const ways = ['person', 'unit', 'day'] as const
const measures = ['signIns', 'failed', 'recordViews', 'records', 'pageViews', 'disclosures'] as const

/** By whom, where or when the entries are counted; each row leads to its entries. */
export function Counts({ filter, by, onBy }: { filter: Filter; by: (typeof ways)[number]; onBy: (by: (typeof ways)[number]) => void }) {
  const { t, language } = useSpeech()
  const units = useUnits()
  const now = useNow()
  const query = useQuery({ queryKey: ['audit', 'counts', filter, by], queryFn: ({ signal }) => audit.countAuditEntries({ filter, by }, { signal }), placeholderData: (old) => old })
  const rows = query.data?.counts ?? []
  const most = rows.reduce((max, row) => (row.recordViews > max ? row.recordViews : max), 1n)
  const name = (row: AuditCount) => (by === 'day' ? dayText(row.key, now, language) : by === 'unit' ? units.name(row.key) || row.key || t('audit.noUnit') : row.name || row.key)
  const narrowed = (row: AuditCount) => (by === 'day' ? { from: row.key, to: row.key } : by === 'unit' ? { unit: row.key } : { person: row.key })
  return (
    <section className={`panel ${style.counts ?? ''}`} aria-label={t('audit.view.counts')}>
      <div className={style.by}><Segments label={t('audit.by')} value={by} onChange={onBy} options={ways.map((value) => ({ value, label: t(`audit.by.${value}`) }))} /></div>
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton lines={6} tall /> : null}
      {query.isSuccess && rows.length === 0 ? <Empty icon={<ChartNoAxesColumn aria-hidden="true" />} title={t('audit.none')} hint={t('audit.noneHint')} /> : null}
      {rows.length > 0 ? (
        // A narrow window scrolls it sideways, by keyboard too.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={style.scroll} tabIndex={0} role="region" aria-label={t('audit.view.counts')}>
          <table className={style.table}>
            <thead>
              <tr>
                <th scope="col">{t(`audit.by.${by}`)}</th>
                <th scope="col" className={style.barHead}>{t('audit.measure.recordViews')}</th>
                {measures.map((measure) => <th key={measure} scope="col" className={style.number}>{t(`audit.measure.${measure}`)}</th>)}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.key}>
                  <th scope="row"><Link to="/audit" search={(old) => ({ ...old, view: undefined, by: undefined, ...narrowed(row) })}>{name(row)}</Link>{by === 'person' && row.name ? <span className="faint"> {row.key}</span> : null}</th>
                  <td className={style.barCell}>{row.recordViews === 0n ? null : <span className={style.bar} aria-hidden="true" style={{ width: `${String(Math.round((Number(row.recordViews) / Number(most)) * 100))}%` }} />}</td>
                  {measures.map((measure) => <td key={measure} className={style.number}>{row[measure] > 0n ? <span className={measure === 'failed' ? style.failed : undefined}>{countText(row[measure], language)}</span> : <span className="faint">0</span>}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}
