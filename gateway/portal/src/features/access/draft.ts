/** The draft of the policy keeps itself: what is changed shows at once, is sent when the person pauses, and says when that failed. */
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'

import { queryClient } from '@/app/queryClient'
import { refusalOf } from '@/app/refusal'
import { PolicyState, type Policy, type Role } from '@/rpc/crm/support/v1/access_pb'

import { access } from './client'
import { draftQuery, policyQuery } from './queries'
import { incomplete } from './rules'

const PAUSE_MS = 700

/** What the person has changed and how its keeping stands. */
export interface Keeping {
  roles: Role[] | null
  note: string | null
  /** `incomplete` while a rule for chosen units has none yet: it is kept here until it has. */
  state: 'kept' | 'waiting' | 'saving' | 'failed' | 'stale' | 'incomplete'
  error: unknown
}

let keeping: Keeping = { roles: null, note: null, state: 'kept', error: undefined }
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function set(change: Partial<Keeping>): void {
  keeping = { ...keeping, ...change }
  listeners.forEach((listener) => {
    listener()
  })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function stored(): Policy | null {
  return queryClient.getQueryData(draftQuery.queryKey) ?? null
}

function current(): Role[] {
  return keeping.roles ?? stored()?.roles ?? queryClient.getQueryData(policyQuery().queryKey)?.roles ?? []
}

let running: Promise<void> | undefined

async function send(): Promise<void> {
  while (keeping.state !== 'incomplete' && (keeping.roles !== null || keeping.note !== null)) {
    const sent = keeping
    set({ state: 'saving', error: undefined })
    const { policy } = await access.savePolicyDraft({ version: stored()?.version ?? 0n, roles: current(), note: sent.note ?? stored()?.note ?? '' })
    queryClient.setQueryData(draftQuery.queryKey, policy ?? null)
    // What was changed meanwhile goes in the next round.
    if (keeping.roles === sent.roles && keeping.note === sent.note) set({ roles: null, note: null, state: 'kept' })
  }
}

/** Sends what has been changed, one call at a time; done once everything is kept or it could not be. */
export function keepNow(): Promise<void> {
  clearTimeout(timer)
  running ??= send()
    .catch((cause: unknown) => {
      set({ state: refusalOf(cause).reason === 'STALE_VERSION' ? 'stale' : 'failed', error: cause })
    })
    .finally(() => {
      running = undefined
    })
  return running
}

function later(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void keepNow(), PAUSE_MS)
}

/** Changes the roles of the draft. */
export function editRoles(change: (roles: Role[]) => Role[]): void {
  const roles = change(current())
  if (roles.some(incomplete)) {
    clearTimeout(timer)
    set({ roles, state: 'incomplete' })
    return
  }
  set({ roles, ...(running ? {} : { state: 'waiting' as const }) })
  later()
}

/** Changes one role of the draft. */
export function editRole(name: string, change: (role: Role) => Role): void {
  editRoles((roles) => roles.map((role) => (role.name === name ? change(role) : role)))
}

/** Says why the draft was made. */
export function editNote(note: string): void {
  if (keeping.state === 'incomplete') {
    set({ note })
    return
  }
  set({ note, ...(running ? {} : { state: 'waiting' as const }) })
  later()
}

/** Forgets what was changed here; the draft as the server has it comes back. */
export async function takeServers(): Promise<void> {
  clearTimeout(timer)
  set({ roles: null, note: null, state: 'kept', error: undefined })
  await queryClient.invalidateQueries({ queryKey: ['policy'] })
}

/** Throws the draft away, here and on the server. */
export async function discardDraft(): Promise<void> {
  clearTimeout(timer)
  await access.discardPolicyDraft({})
  queryClient.setQueryData(draftQuery.queryKey, null)
  await takeServers()
}

/** How the keeping stands now, outside of a component. */
export function keepingNow(): Keeping {
  return keeping
}

/** The policy being worked on: what was changed here, else the draft, else the one in force. */
export function usePolicyDraft() {
  const now = useSyncExternalStore(subscribe, keepingNow)
  const draft = useQuery(draftQuery)
  const inForce = useQuery(policyQuery())
  // What was handed in is looked at, not worked on.
  const open = draft.data?.state === PolicyState.DRAFT ? draft.data : null
  return {
    keeping: now,
    draft: open,
    inForce: inForce.data ?? null,
    roles: now.roles ?? open?.roles ?? inForce.data?.roles ?? [],
    note: now.note ?? open?.note ?? '',
    begun: now.roles !== null || open !== null,
    pending: draft.isPending || inForce.isPending,
    error: inForce.error ?? draft.error,
    retry: () => void Promise.all([draft.refetch(), inForce.refetch()]),
  }
}
