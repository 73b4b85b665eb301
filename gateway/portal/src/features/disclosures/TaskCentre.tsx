import { ArrowDownToLine, CircleAlert, CircleCheck, Hourglass, LoaderCircle } from 'lucide-react'
import { useEffect, useRef } from 'react'

import { useSpeech } from '@/app/i18n'
import { queryClient } from '@/app/queryClient'
import { ExportJob_State, type ExportJob } from '@/rpc/crm/common/v1/export_pb'
import { Menu } from '@/shared/Menu'
import { countText } from '@/shared/numbers'
import { Time } from '@/shared/Time'
import { say } from '@/shared/toasts'

import { formTitle } from './columns'
import { fetchFile, useExports } from './jobs'
import style from './TaskCentre.module.css'

const names = {
  [ExportJob_State.UNSPECIFIED]: 'waiting',
  [ExportJob_State.WAITING]: 'waiting',
  [ExportJob_State.WRITING]: 'writing',
  [ExportJob_State.READY]: 'ready',
  [ExportJob_State.REFUSED]: 'refused',
  [ExportJob_State.FAILED]: 'failed',
  [ExportJob_State.EXPIRED]: 'expired',
} as const

const icons = { waiting: Hourglass, writing: LoaderCircle, ready: CircleCheck, refused: CircleAlert, failed: CircleAlert, expired: Hourglass }

/** Says when a file has become ready, or will not. */
function useNews(jobs: ExportJob[]): void {
  const { t, language } = useSpeech()
  const before = useRef(new Map<string, ExportJob_State>())
  useEffect(() => {
    for (const job of jobs) {
      const was = before.current.get(job.id)
      before.current.set(job.id, job.state)
      if (was === undefined || was === job.state) continue
      // Whoever asked may be looking at how the approval stands.
      void queryClient.invalidateQueries({ queryKey: ['approvals'] })
      const name = formTitle(job.form, language)
      if (job.state === ExportJob_State.READY) say({ tone: 'good', text: t('export.ready', { name }), action: { label: t('export.download'), run: () => { fetchFile(job) } }, seconds: 20 })
      else if (job.state === ExportJob_State.REFUSED || job.state === ExportJob_State.FAILED) say({ tone: 'bad', text: t(job.state === ExportJob_State.REFUSED ? 'export.refused' : 'export.failed', { name }), ...(job.reason ? { detail: job.reason } : {}) })
    }
  }, [jobs, t, language])
}

function Job({ job }: { job: ExportJob }) {
  const { t, find, language } = useSpeech()
  const state = names[job.state]
  const said = state === 'writing' && job.rows > 0n ? t('export.writing', { percent: Math.floor((Number(job.written) / Number(job.rows)) * 100) }) : t(`export.state.${state}`)
  return (
    <span className={style.job}>
      <span>{t('export.job', { name: formTitle(job.form, language), rows: countText(job.rows, language) })}</span>
      <span className="secondary">{said} · <Time at={job.requestedAt} past />{job.reason ? ` · ${find(`export.reason.${job.reason}`) ?? job.reason}` : ''}</span>
    </span>
  )
}

/** What goes on while the person goes on: files being written, waiting for approval, and ready to be fetched. */
export function TaskCentre() {
  const { t } = useSpeech()
  const { may, jobs } = useExports()
  useNews(jobs)
  if (!may && jobs.length === 0) return null
  const running = jobs.filter((job) => job.state === ExportJob_State.WRITING || job.state === ExportJob_State.WAITING).length
  return (
    <Menu
      label={t('export.centre', { n: running })}
      className="iconButton"
      button={<span className={style.mark}><ArrowDownToLine aria-hidden="true" />{running > 0 ? <span className={style.badge}>{running}</span> : null}</span>}
      header={jobs.length === 0 ? <span className="secondary">{t('export.none')}</span> : <b>{t('export.centreTitle')}</b>}
      items={jobs.slice(0, 8).map((job) => {
        const Icon = icons[names[job.state]]
        return {
          key: job.id,
          icon: <Icon />,
          label: <Job job={job} />,
          onSelect: () => {
            if (job.state === ExportJob_State.READY) fetchFile(job)
            else say({ tone: 'news', text: t(`export.state.${names[job.state]}`), detail: t(`export.stateHint.${names[job.state]}`) })
          },
        }
      })}
    />
  )
}
