import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import type { Language } from '@/app/i18n/language'
import type { Translate } from '@/app/i18n/text'
import { modules } from '@/app/shell/modules'
import { useUnits } from '@/app/units'
import { AuditKind, type AuditEntry } from '@/rpc/crm/support/v1/audit_pb'
import { List, type Column } from '@/shared/List'
import { Empty } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'

import { Closed } from '../disclosures/Closed'
import { closes, columnTitle, formTitle, hides } from '../disclosures/columns'
import style from './Audit.module.css'
import { audit } from './client'
import type { Filter } from './filter'
import { auditKindText } from './words'

function Kind({ entry }: { entry: AuditEntry }) {
  const { t } = useSpeech()
  if (closes(entry.columns, 'kind')) return <Closed />
  const tone = entry.kind === AuditKind.SIGN_IN_FAILED ? 'late' : entry.kind === AuditKind.UNMASK || entry.kind === AuditKind.EXPORT ? 'accent' : 'quiet'
  return <Tag tone={tone}>{auditKindText(entry.kind, t)}</Tag>
}

/** A page by its name in the navigation; the address says which record of it. */
function Opened({ path }: { path: string }) {
  const { t } = useSpeech()
  const module = modules.find(({ to }) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)))
  const name = module ? t(module.label) : path === '/me' ? t('nav.me') : undefined
  if (name === undefined) return <span className="secondary">{path}</span>
  return <span title={path}>{path === (module?.to ?? path) ? name : t('audit.pageBelow', { page: name })}</span>
}

/** What was seen in full or taken out, and why: an entry has it as `phone: reason` and `34 rows: reason`. */
function disclosed(entry: AuditEntry, language: Language, t: Translate): string {
  const [, what = '', why = ''] = /^([^:]*): (.*)$/s.exec(entry.detail) ?? []
  if (what === '') return entry.detail
  if (entry.kind === AuditKind.UNMASK) return t('audit.disclosed', { what: columnTitle(entry.form, what, language), why })
  const rows = /^(\d+) rows$/.exec(what)?.[1]
  return entry.kind === AuditKind.EXPORT && rows !== undefined ? t('audit.disclosed', { what: t('audit.rows', { rows: countText(BigInt(rows), language) }), why }) : entry.detail
}

/** What was looked at: the record with the way to it, the page, or how it ended. */
function What({ entry }: { entry: AuditEntry }) {
  const { t, find, language } = useSpeech()
  if (hides(entry.columns, 'detail') && (hides(entry.columns, 'record_id') || entry.recordId === '')) return <Closed />
  const detail = find(`me.ended.${entry.detail}`) ?? find(`audit.detail.${entry.detail}`) ?? disclosed(entry, language, t)
  if (entry.kind === AuditKind.PAGE_VIEW) return <Opened path={entry.detail} />
  if (entry.recordId === '') return <>{detail || '—'}</>
  const form = formTitle(entry.form, language)
  const name = t('audit.record', { form: find(`access.form.${form}`) ?? form })
  const masked = entry.columns?.masked.includes('record_id') ?? false
  const more = detail ? <span className="secondary" title={detail}> {detail}</span> : null
  if (entry.form === 'customer.customer' && !masked) return <><Link to="/customers/$id" params={{ id: entry.recordId }}>{name}</Link>{more}</>
  if (entry.form === 'dispatch.task' && !masked) return <><Link to="/tasks/$id" params={{ id: entry.recordId }}>{name}</Link>{more}</>
  return <>{name}{more}</>
}

/** Entries, newest first. */
export function Entries({ filter }: { filter: Filter }) {
  const { t } = useSpeech()
  const units = useUnits()
  const query = useInfiniteQuery({
    queryKey: ['audit', 'entries', filter],
    queryFn: ({ pageParam, signal }) => audit.listAuditEntries({ filter, page: { size: 100, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
    placeholderData: (old) => old,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.entries) ?? [], [query.data])
  const total = query.data?.pages[0]?.page?.total
  const from = (entry: AuditEntry) => [entry.place, entry.ip].filter(Boolean).join(' · ')
  const nowhere = (entry: AuditEntry) => (hides(entry.columns, 'ip') ? <Closed /> : '—')
  const closed = (path: string) => rows.length > 0 && rows.every((entry) => hides(entry.columns, path))
  const every: Column<AuditEntry>[] = [
    { key: 'at', title: t('audit.at'), track: '150px', render: (entry) => <Time at={entry.at} past /> },
    { key: 'who', title: t('audit.who'), track: 'minmax(120px, 1.2fr)', render: (entry) => <>{entry.name || entry.staffNumber} <span className="faint">{entry.name ? entry.staffNumber : ''}</span></> },
    { key: 'unit', title: t('audit.unit'), track: 'minmax(90px, 1fr)', render: (entry) => units.name(entry.unitId) || '—' },
    { key: 'kind', title: t('audit.what'), track: '110px', render: (entry) => <Kind entry={entry} /> },
    { key: 'record', title: t('audit.subject'), track: 'minmax(160px, 2fr)', render: (entry) => <What entry={entry} /> },
    { key: 'from', title: t('audit.where'), track: 'minmax(140px, 1.4fr)', render: (entry) => <span title={from(entry)}>{from(entry) || nowhere(entry)}</span> },
    { key: 'device', title: t('audit.device'), track: 'minmax(110px, 1fr)', render: (entry) => entry.device ? <span title={entry.device}>{entry.device}</span> : hides(entry.columns, 'device') ? <Closed /> : '—' },
    { key: 'place', title: t('audit.chain'), track: '84px', align: 'end', render: (entry) => <span className="faint" title={t('audit.chainHint', { day: entry.day, n: String(entry.sequence) })}>{String(entry.sequence)}</span> },
  ]
  // A column that is closed on every line has nothing to stand there for.
  const gone = new Set([closed('kind') ? 'kind' : '', closed('ip') && closed('place') ? 'from' : '', closed('device') ? 'device' : ''])
  const columns = every.filter((column) => !gone.has(column.key))
  return (
    <List
      label={t('audit.view.entries')}
      rows={rows}
      rowKey={(entry) => `${entry.day}/${String(entry.sequence)}`}
      columns={columns}
      total={total === undefined ? undefined : Number(total)}
      loading={query.isPending || query.isFetchingNextPage}
      error={query.error}
      retry={() => void query.refetch()}
      more={query.hasNextPage}
      loadMore={() => void query.fetchNextPage()}
      empty={<Empty icon={<ScrollText aria-hidden="true" />} title={t('audit.none')} hint={t('audit.noneHint')} />}
      card={(entry) => (
        <div className={style.card}>
          <p><b>{entry.name || entry.staffNumber}</b> <Kind entry={entry} /> <What entry={entry} /></p>
          <p className="secondary"><Time at={entry.at} past />{[from(entry), entry.device].filter(Boolean).map((part) => ` · ${part}`).join('')}</p>
        </div>
      )}
    />
  )
}
