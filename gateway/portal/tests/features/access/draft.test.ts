import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { queryClient } from '@/app/queryClient'
import { editNote, editRole, keepNow, keepingNow, takeServers } from '@/features/access/draft'
import { draftQuery, policyQuery } from '@/features/access/queries'
import { RowScope, GrantSchema } from '@/rpc/crm/common/v1/access_pb'
import { PolicySchema, PolicyState, RoleSchema, SavePolicyDraftRequestSchema, SavePolicyDraftResponseSchema, type SavePolicyDraftRequest } from '@/rpc/crm/support/v1/access_pb'

/** The far side: keeps what it is sent, and refuses a version it does not know. */
const sent: SavePolicyDraftRequest[] = []
let version = 0n
let answer: () => Promise<void> = () => Promise.resolve()

beforeEach(() => {
  sent.length = 0
  version = 0n
  answer = () => Promise.resolve()
  queryClient.setQueryData(policyQuery().queryKey, create(PolicySchema, { id: 'p1', roles: [create(RoleSchema, { name: 'helper', titleZh: '协办' })] }))
  queryClient.setQueryData(draftQuery.queryKey, null)
  vi.stubGlobal('fetch', async (_: string, init: { body: Uint8Array }) => {
    const request = fromBinary(SavePolicyDraftRequestSchema, init.body)
    await answer()
    if (request.version !== version) return new Response('{"code":"aborted","message":"stale","details":[]}', { status: 409, headers: { 'content-type': 'application/json' } })
    sent.push(request)
    version += 1n
    const policy = create(PolicySchema, { id: 'd', state: PolicyState.DRAFT, version, roles: request.roles, note: request.note })
    return new Response(new Uint8Array(toBinary(SavePolicyDraftResponseSchema, create(SavePolicyDraftResponseSchema, { policy }))), { headers: { 'content-type': 'application/proto' } })
  })
})

afterEach(async () => {
  await takeServers()
  vi.unstubAllGlobals()
})

const rename = (titleZh: string) => { editRole('helper', (role) => ({ ...role, titleZh })) }

it('keeps what was changed, with the version it saw', async () => {
  rename('一')
  await keepNow()
  rename('二')
  editNote('试点')
  await keepNow()
  expect(sent.map((one) => [one.version, one.roles[0]?.titleZh, one.note])).toEqual([[0n, '一', ''], [1n, '二', '试点']])
  expect(keepingNow()).toMatchObject({ state: 'kept', roles: null, note: null })
})

it('sends what was changed meanwhile in a call of its own', async () => {
  let go: () => void = () => undefined
  answer = () => new Promise((resolve) => { go = resolve })
  rename('一')
  const kept = keepNow()
  await vi.waitFor(() => { expect(keepingNow().state).toBe('saving') })
  rename('二')
  answer = () => Promise.resolve()
  await new Promise((resolve) => { setTimeout(resolve) })
  go()
  await kept
  expect(sent.map((one) => [one.version, one.roles[0]?.titleZh])).toEqual([[0n, '一'], [1n, '二']])
})

it('keeps the words and says so when it could not be sent', async () => {
  version = 7n
  rename('一')
  await keepNow()
  expect(keepingNow().state).toBe('failed')
  expect(keepingNow().roles?.[0]?.titleZh).toBe('一')
  version = 0n
  await keepNow()
  expect(sent).toHaveLength(1)
})

it('waits with a rule for chosen units until it names some', async () => {
  const units = (unitIds: string[]) => { editRole('helper', (role) => ({ ...role, rules: [create(GrantSchema, { form: 'f', scope: RowScope.UNITS, unitIds })] })) }
  units([])
  await keepNow()
  expect([keepingNow().state, sent.length]).toEqual(['incomplete', 0])
  units(['b1'])
  await keepNow()
  expect([keepingNow().state, sent.length]).toEqual(['kept', 1])
})
