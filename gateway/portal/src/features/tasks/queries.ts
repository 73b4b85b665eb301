import { infiniteQueryOptions, queryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import type { Language } from '@/app/i18n/language'
import { queryClient } from '@/app/queryClient'
import { dispatch } from '@/app/transport'
import type { GetTaskResponse, Task, TaskBucket, TaskKind } from '@/rpc/crm/dispatch/v1/dispatch_pb'

/** Which tasks are wanted. */
export interface TaskWish {
  bucket: TaskBucket
  mine?: boolean
  kinds?: TaskKind[]
  customerId?: string
  ownerNumber?: string
  bureauId?: string
  communityId?: string
  query?: string
  source?: string
}

/** Pages of tasks; the first one brings the counts. */
export function taskListQuery(wish: TaskWish, size = 100) {
  return infiniteQueryOptions({
    queryKey: ['tasks', wish, size] as const,
    queryFn: ({ pageParam, signal }) =>
      dispatch.listTasks({ ...wish, withCounts: pageParam === '', page: { size, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
}

/** The tasks wanted, as one list, with total and counts. */
export function useTasks(wish: TaskWish, { size = 100, enabled = true } = {}) {
  const query = useInfiniteQuery({ ...taskListQuery(wish, size), enabled })
  const pages = query.data?.pages
  const tasks = useMemo(() => pages?.flatMap((page) => page.tasks) ?? [], [pages])
  const total = pages?.[0]?.page?.total
  return { query, tasks, total: total === undefined ? undefined : Number(total), counts: pages?.[0]?.counts }
}

/** One task with its history. */
export function taskQuery(id: string) {
  return queryOptions({
    queryKey: ['task', id] as const,
    queryFn: ({ signal }) => dispatch.getTask({ id }, { signal }),
  })
}

/** The form in which a kind of task is completed. */
export function completionFormQuery(kind: TaskKind, language: Language) {
  return queryOptions({
    queryKey: ['completion-form', kind, language] as const,
    queryFn: ({ signal }) => dispatch.getCompletionForm({ kind, language }, { signal }),
    staleTime: 60 * 60_000,
  })
}

/** Puts a task that a call answered where everybody looks, then asks for the rest again. */
export async function taskChanged(task: Task): Promise<void> {
  queryClient.setQueryData(taskQuery(task.id).queryKey, (old: GetTaskResponse | undefined) => (old && old.task && old.task.version < task.version ? { ...old, task } : old))
  await Promise.all([queryClient.invalidateQueries({ queryKey: ['tasks'] }), queryClient.invalidateQueries({ queryKey: ['task', task.id] })])
}
