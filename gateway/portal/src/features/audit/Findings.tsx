import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, KeyRound, Moon, ShieldCheck, Users } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { AuditKind, type AuditFinding } from '@/rpc/crm/support/v1/audit_pb'
import { dayText } from '@/shared/dates'
import { Empty, ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Skeleton } from '@/shared/Skeleton'
import { useNow } from '@/shared/useNow'

import style from './Audit.module.css'
import { audit } from './client'

const icons = { NIGHT_VIEWS: Moon, MASS_VIEWS: Users, MANY_FAILED_SIGN_INS: KeyRound } as const
const kinds = { NIGHT_VIEWS: AuditKind.RECORD_VIEW, MASS_VIEWS: AuditKind.RECORD_VIEW, MANY_FAILED_SIGN_INS: AuditKind.SIGN_IN_FAILED } as const

function Finding({ finding }: { finding: AuditFinding }) {
  const { t, find, language } = useSpeech()
  const now = useNow()
  const known = finding.kind in icons ? (finding.kind as keyof typeof icons) : undefined
  const Icon = known ? icons[known] : CircleAlert
  const words = { name: finding.name || finding.staffNumber, count: countText(finding.count, language), threshold: countText(finding.threshold, language), day: dayText(finding.day, now, language) }
  return (
    <li>
      <Icon aria-hidden="true" />
      <div>
        <p><b>{find(`audit.finding.${finding.kind}`, words) ?? finding.kind}</b></p>
        <p className="secondary">{find(`audit.findingWhy.${finding.kind}`, words)} <Link to="/audit" search={{ person: finding.staffNumber, from: finding.day, to: finding.day, ...(known ? { kinds: [kinds[known]] } : {}) }}>{t('audit.showEntries')}</Link></p>
      </div>
    </li>
  )
}

/** What is unusual: looked at in the night, very many records, many failed sign-ins. */
export function Findings({ from, to }: { from: string; to: string }) {
  const { t } = useSpeech()
  const query = useQuery({ queryKey: ['audit', 'findings', from, to], queryFn: ({ signal }) => audit.listAuditFindings({ fromDay: from, toDay: to }, { signal }), placeholderData: (old) => old })
  const findings = query.data?.findings ?? []
  return (
    <section className={`panel ${style.findings ?? ''}`} aria-label={t('audit.view.findings')}>
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton lines={5} tall /> : null}
      {query.isSuccess && findings.length === 0 ? <Empty icon={<ShieldCheck aria-hidden="true" />} title={t('audit.noFindings')} hint={t('audit.noFindingsHint')} /> : null}
      <ul>{findings.map((finding) => <Finding key={`${finding.kind}${finding.staffNumber}${finding.day}`} finding={finding} />)}</ul>
    </section>
  )
}
