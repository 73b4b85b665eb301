import { Button, Select } from 'antd'
import { X } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { DayField } from '@/shared/DayField'
import { PersonSelect } from '@/shared/PersonSelect'
import { UnitSelect } from '@/shared/UnitSelect'

import { formTitle } from '../disclosures/columns'
import style from './Audit.module.css'
import type { AuditSearch } from './filter'
import { auditKinds, auditKindText } from './words'

/** Narrows the entries; what is chosen stands in the address. */
export function AuditFilters({ view, search, onChange, onClear }: { view: 'entries' | 'counts' | 'findings'; search: AuditSearch; onChange: (next: { [Name in keyof AuditSearch]?: AuditSearch[Name] | undefined }) => void; onClear: () => void }) {
  const { t, language } = useSpeech()
  const filtered = Object.entries(search).some(([name, value]) => ['person', 'unit', 'kinds', 'from', 'to', 'form', 'record'].includes(name) && value !== undefined)
  return (
    <div className={style.filters}>
      {view === 'findings' ? null : (
        <>
          <PersonSelect className={style.person} label={t('audit.who')} allowClear value={search.person} onChange={(person) => { onChange({ person }) }} />
          <UnitSelect className={style.person} label={t('audit.unit')} value={search.unit} onChange={(unit) => { onChange({ unit }) }} />
          <Select className={style.kinds} mode="multiple" maxTagCount="responsive" allowClear aria-label={t('audit.what')} placeholder={t('audit.allKinds')} value={search.kinds ?? []} onChange={(kinds: number[]) => { onChange({ kinds: kinds.length > 0 ? kinds : undefined }) }} options={auditKinds.map((kind) => ({ value: kind, label: auditKindText(kind, t) }))} />
        </>
      )}
      <div className={style.day}><span aria-hidden="true">{t('audit.from')}</span><DayField label={t('audit.from')} value={search.from ?? ''} max={search.to} onChange={(from) => { onChange({ from }) }} /></div>
      <div className={style.day}><span aria-hidden="true">{t('audit.to')}</span><DayField label={t('audit.to')} value={search.to ?? ''} min={search.from} onChange={(to) => { onChange({ to }) }} /></div>
      {search.record ? <Button icon={<X size={14} aria-hidden="true" />} onClick={() => { onChange({ form: undefined, record: undefined }) }}>{t('audit.oneRecord', { form: formTitle(search.form ?? '', language) })}</Button> : null}
      {filtered ? <Button type="link" onClick={onClear}>{t('list.clear')}</Button> : null}
    </div>
  )
}
