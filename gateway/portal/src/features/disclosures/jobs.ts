import { timestampDate } from '@bufbuild/protobuf/wkt'
import { useQuery } from '@tanstack/react-query'

import { useAccess } from '@/app/me'
import { customers, dispatch } from '@/app/transport'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { ExportJob_State, type ExportJob } from '@/rpc/crm/common/v1/export_pb'

const WRITING_MS = 1_500
const WAITING_MS = 15_000

/** How soon to look again: a file that is being written changes fast, an approval slowly, the rest not at all. */
export function lookAgain(jobs: ExportJob[]): number | false {
  if (jobs.some((job) => job.state === ExportJob_State.WRITING)) return WRITING_MS
  return jobs.some((job) => job.state === ExportJob_State.WAITING) ? WAITING_MS : false
}

/** Where the file of an export comes down. */
export function fileAddress(job: ExportJob): string {
  return `/files/exports/${job.form.split('.')[0] ?? ''}/${job.id}?name=${encodeURIComponent(job.name)}`
}

/** Fetches the file of an export. */
export function fetchFile(job: ExportJob): void {
  const link = document.createElement('a')
  link.href = fileAddress(job)
  link.download = job.name
  link.click()
}

const again = ({ state }: { state: { data?: { jobs: ExportJob[] } | undefined } }) => lookAgain(state.data?.jobs ?? [])
const newest = (job: ExportJob) => (job.requestedAt ? timestampDate(job.requestedAt).getTime() : 0)

/** The caller's exports of every service, newest first. */
export function useExports(): { may: boolean; jobs: ExportJob[] } {
  const { may } = useAccess()
  const ofCustomers = may('customer.customer', Action.EXPORT)
  const ofTasks = may('dispatch.task', Action.EXPORT)
  const page = { size: 10 }
  const archive = useQuery({ queryKey: ['exports', 'customer'], enabled: ofCustomers, queryFn: ({ signal }) => customers.listExports({ page }, { signal }), refetchInterval: again })
  const tasks = useQuery({ queryKey: ['exports', 'dispatch'], enabled: ofTasks, queryFn: ({ signal }) => dispatch.listExports({ page }, { signal }), refetchInterval: again })
  const jobs = [...(archive.data?.jobs ?? []), ...(tasks.data?.jobs ?? [])].sort((a, b) => newest(b) - newest(a))
  return { may: ofCustomers || ofTasks, jobs }
}
