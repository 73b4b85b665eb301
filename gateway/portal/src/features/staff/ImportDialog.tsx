import { Button } from 'antd'
import { FileUp } from 'lucide-react'
import { useRef, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import type { ImportStaffResponse } from '@/rpc/crm/support/v1/organisation_pb'
import { Dialog } from '@/shared/Dialog'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { Tally } from '@/shared/Tally'

import { organisation } from '../organisation/queries'
import style from './ImportDialog.module.css'
import { changing } from './queries'

const LARGEST = 4 * 1024 * 1024

interface Chosen {
  name: string
  bytes: Uint8Array
  requestId: string
}

/** Rows that were refused, each with its reason. */
function Failed({ answer }: { answer: ImportStaffResponse }) {
  const { t, find } = useSpeech()
  if (answer.failed.length === 0) return null
  return (
    // A long list scrolls by itself, by keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={style.failed} tabIndex={0} role="region" aria-label={t('staff.import.failed')}>
      <table>
        <thead><tr><th scope="col">{t('staff.import.row')}</th><th scope="col">{t('staff.import.field')}</th><th scope="col">{t('staff.import.reason')}</th></tr></thead>
        <tbody>
          {answer.failed.map((row, index) => (
            <tr key={index}>
              <td>{row.key}</td>
              <td>{find(`staff.field.${row.field}`) ?? row.field}</td>
              <td>{find(`error.${row.reason}`)?.split('|')[1] ?? t('staff.import.reasonOther', { code: row.reason })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Brings staff in from a file: what would happen is shown before it does. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech()
  const [file, setFile] = useState<Chosen>()
  const [tooLarge, setTooLarge] = useState(false)
  const [preview, setPreview] = useState<ImportStaffResponse>()
  const [done, setDone] = useState<ImportStaffResponse>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const ask = async (chosen: Chosen, only: boolean) => {
    setBusy(true)
    setError(undefined)
    try {
      const call = organisation.importStaff({ requestId: only ? crypto.randomUUID() : chosen.requestId, file: chosen.bytes, preview: only })
      if (only) setPreview(await call)
      else setDone(await changing(call))
    } catch (cause) {
      setError(cause)
    }
    setBusy(false)
  }
  const choose = async (picked: File | undefined) => {
    if (!picked) return
    setPreview(undefined)
    setError(undefined)
    setTooLarge(picked.size > LARGEST)
    if (picked.size > LARGEST) return
    const chosen = { name: picked.name, bytes: new Uint8Array(await picked.arrayBuffer()), requestId: crypto.randomUUID() }
    setFile(chosen)
    await ask(chosen, true)
  }
  const changes = preview ? preview.created + preview.updated : 0
  const shown = done ?? preview
  return (
    <Dialog
      title={t('staff.import.title')}
      onClose={onClose}
      footer={
        done ? <Button type="primary" onClick={onClose}>{t('action.close')}</Button> : (
          <>
            <Button onClick={onClose}>{t('action.back')}</Button>
            <Button type="primary" disabled={!file || changes === 0} loading={busy && preview !== undefined} onClick={() => { if (file) void ask(file, false) }}>{t('staff.import.do', { n: changes })}</Button>
          </>
        )
      }
    >
      {done ? <Empty title={t('staff.import.done')} hint={t('staff.import.doneHint')} /> : (
        <>
          <p className="secondary">{t('staff.import.hint')}</p>
          <div className={style.file}>
            <b>{file?.name ?? t('staff.import.nothing')}</b>
            <Button icon={<FileUp size={15} aria-hidden="true" />} onClick={() => input.current?.click()}>{t('import.choose')}</Button>
            <input ref={input} type="file" hidden accept=".xlsx" aria-label={t('import.choose')} onChange={(event) => { void choose(event.target.files?.[0]); event.target.value = '' }} />
          </div>
        </>
      )}
      {tooLarge ? <p role="alert">{t('import.reason.FILE_TOO_LARGE')}</p> : null}
      {busy && !shown ? <Skeleton lines={2} /> : null}
      {shown ? <div aria-live="polite">{done ? null : <p>{t(changes === 0 ? 'staff.import.same' : 'staff.import.would')}</p>}<Tally job={{ ...shown, failed: shown.failed.length }} /></div> : null}
      {shown ? <Failed answer={shown} /> : null}
      {error ? <ErrorNote error={error} compact /> : null}
    </Dialog>
  )
}
