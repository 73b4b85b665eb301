import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { Download, FileUp, UploadCloud } from 'lucide-react'
import { useRef, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { customers } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { ImportForm, ImportJob_State, type ImportJob } from '@/rpc/crm/customer/v1/customer_pb'
import { cx } from '@/shared/cx'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Progress } from '@/shared/Progress'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Tally } from '@/shared/Tally'
import { Time } from '@/shared/Time'

import style from './ImportsPage.module.css'
import { importForms, upload, UploadRefused, type ImportFormName } from './upload'

const key = ['imports']
const formNames: Record<ImportForm, ImportFormName> = {
  [ImportForm.UNSPECIFIED]: 'customer',
  [ImportForm.CUSTOMER]: 'customer',
  [ImportForm.ACCOUNT]: 'account',
  [ImportForm.SUBSCRIBER]: 'subscriber',
  [ImportForm.CONTACT]: 'contact',
  [ImportForm.ADDRESS]: 'address',
  [ImportForm.APPOINTMENT]: 'appointment',
}
const stateNames = {
  [ImportJob_State.UNSPECIFIED]: 'waiting',
  [ImportJob_State.WAITING]: 'waiting',
  [ImportJob_State.RUNNING]: 'running',
  [ImportJob_State.DONE]: 'done',
  [ImportJob_State.REFUSED]: 'refused',
  [ImportJob_State.CANCELLED]: 'cancelled',
} as const

function running(job: ImportJob): boolean {
  return job.state === ImportJob_State.WAITING || job.state === ImportJob_State.RUNNING
}

// Refusals whose detail is a header of the file: the others' is for operators.
const about = new Set(['COLUMN_UNKNOWN', 'COLUMN_TWICE', 'COLUMN_MISSING', 'COLUMN_NOT_WRITABLE'])

/** Why a file was refused whole, and which column that is about. */
function Refused({ job }: { job: ImportJob }) {
  const { t, find } = useSpeech()
  const why = find(`import.reason.${job.reason}`) ?? t('import.reason.other', { code: job.reason })
  return <>{job.detail && about.has(job.reason) ? t('import.reason.named', { why, detail: job.detail }) : why}</>
}

function Job({ job, may }: { job: ImportJob; may: boolean }) {
  const { t, find } = useSpeech()
  const client = useQueryClient()
  const cancel = useMutation({ mutationFn: () => customers.cancelImport({ id: job.id }), onSettled: () => client.invalidateQueries({ queryKey: key }) })
  return (
    <li className={`panel ${style.job ?? ''}`}>
      <div className={style.head}>
        <div className={style.names}>
          <p className="clip"><b title={job.name}>{job.name}</b></p>
          <p className="secondary">{t(`import.form.${formNames[job.form]}`)} · {find(`task.source.${job.startedBy}`) ?? job.startedBy} · <Time at={job.startedAt} past /></p>
        </div>
        <Tag tone={job.state === ImportJob_State.DONE ? 'accent' : job.state === ImportJob_State.REFUSED ? 'late' : 'quiet'}>{t(`import.state.${stateNames[job.state]}`)}</Tag>
        {running(job) && may ? <Button size="small" loading={cancel.isPending} onClick={() => { cancel.mutate() }}>{t('import.cancel')}</Button> : null}
        {job.failed > 0n && !running(job) ? <Button size="small" href={`/files/imports/${job.id}/errors`} icon={<Download size={14} aria-hidden="true" />}>{t('import.errors')}</Button> : null}
      </div>
      {running(job) ? <Progress percent={job.percent} label={t('import.progress', { name: job.name })} /> : null}
      {job.state === ImportJob_State.REFUSED ? <p className={style.reason}><Refused job={job} /></p> : null}
      {job.read > 0n ? <Tally job={job} /> : null}
      {cancel.error ? <ErrorNote error={cancel.error} compact /> : null}
    </li>
  )
}

function Upload() {
  const { t, find } = useSpeech()
  const client = useQueryClient()
  const [form, setForm] = useState<ImportFormName>('customer')
  const [sent, setSent] = useState<{ name: string; share: number }>()
  const [refused, setRefused] = useState('')
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const running = useRef<{ stop: () => void }>(null)
  const send = async (file: File | undefined) => {
    if (!file) return
    setRefused('')
    setSent({ name: file.name, share: 0 })
    const job = upload(form, file, (share) => { setSent({ name: file.name, share }) })
    running.current = job
    try {
      await job.done
    } catch (cause) {
      setRefused(cause instanceof UploadRefused ? cause.reason : 'CONNECTION')
    }
    setSent(undefined)
    await client.invalidateQueries({ queryKey: key })
  }
  return (
    // Dropping is a shorter way for the mouse; the button does the same for everybody.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className={cx('panel', style.drop, over && style.over)}
      aria-label={t('import.new')}
      onDragOver={(event) => { event.preventDefault(); setOver(true) }}
      onDragLeave={() => { setOver(false) }}
      onDrop={(event) => { event.preventDefault(); setOver(false); void send(event.dataTransfer.files[0]) }}
    >
      <UploadCloud aria-hidden="true" />
      <div className={style.words}>
        <p><b>{t('import.drop')}</b></p>
        <p className="secondary">{t('import.dropHint')}</p>
        {sent ? <Progress percent={Math.round(sent.share * 100)} label={t('import.sending', { name: sent.name })} /> : null}
        {refused && refused !== 'STOPPED' ? <p className={style.reason} role="alert">{find(`import.reason.${refused}`) ?? t('import.reason.other', { code: refused })}</p> : null}
      </div>
      <div className={style.controls}>
        <Select aria-label={t('import.form')} className={style.select} value={form} onChange={setForm} options={importForms.map((name) => ({ value: name, label: t(`import.form.${name}`) }))} />
        {sent ? <Button onClick={() => running.current?.stop()}>{t('import.stop')}</Button> : <Button type="primary" icon={<FileUp size={16} aria-hidden="true" />} onClick={() => input.current?.click()}>{t('import.choose')}</Button>}
        <input ref={input} type="file" hidden accept=".csv,.xlsx,text/csv" aria-label={t('import.choose')} onChange={(event) => { void send(event.target.files?.[0]); event.target.value = '' }} />
      </div>
    </section>
  )
}

/** Files brought in: how far each is, what became of its rows, and the rows that were refused. */
export default function ImportsPage() {
  const { t } = useSpeech()
  const access = useAccess()
  const may = access.may('customer.import', Action.IMPORT)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => customers.listImports({ page: { size: 50 } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.jobs.some(running) ? 1_000 : false),
  })
  return (
    <Page title={t('import.title')} note={t('import.note')}>
      {may ? <Upload /> : null}
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {isPending ? <Skeleton lines={4} tall /> : null}
      {data && data.jobs.length === 0 ? <Empty icon={<FileUp aria-hidden="true" />} title={t('import.none')} hint={t('import.noneHint')} /> : null}
      <ul className={style.jobs}>{data?.jobs.map((job) => <Job key={job.id} job={job} may={may} />)}</ul>
    </Page>
  )
}
