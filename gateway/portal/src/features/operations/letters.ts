import { createClient, type Client } from '@connectrpc/connect'

import type { useSpeech } from '@/app/i18n'
import { transportTo } from '@/app/transport'
import { DeadLetterKind, DeadLetterOutcome, DeadLetterService, type DeadLetter, type DeadLetterResult } from '@/rpc/crm/operations/v1/dead_letters_pb'

type Speech = ReturnType<typeof useSpeech>

/** Parts that may give something up. */
export const parts = ['dispatch', 'customer', 'support', 'telemetry'] as const

const clients = new Map<string, Client<typeof DeadLetterService>>()

/** What a part gave up, in the hands of whoever may. */
export function lettersOf(part: string): Client<typeof DeadLetterService> {
  const known = clients.get(part)
  if (known) return known
  const made = createClient(DeadLetterService, transportTo(part))
  clients.set(part, made)
  return made
}

/** How many letters one call takes. */
export const MOST = 50

/** What was given up, in a line. */
export function letterText(letter: DeadLetter, { t, find }: Speech): string {
  if (letter.kind === DeadLetterKind.WRITE_BACK) {
    return t('operations.letter.writeBack', { system: find(`task.source.${letter.target}`) ?? letter.target, number: letter.sourceId, outcome: find(`task.state.${letter.subject}`) ?? letter.subject })
  }
  return t('operations.letter.event', { subject: letter.subject })
}

/** Why it failed, as far as that can be told. */
export function reasonText(letter: Pick<DeadLetter, 'reason'>, { t, find }: Speech): string {
  const known = find(`writeBack.error.${letter.reason}`)
  if (known) return known
  if (letter.reason.startsWith('HTTP_')) return t('writeBack.error.other', { code: letter.reason.replace('HTTP_', 'HTTP ') })
  if (letter.reason === '') return '—'
  return find(`operations.letter.reason.${letter.reason}`) ?? t('operations.letter.reason.other', { reason: letter.reason })
}

/** What became of several letters, counted; the first that failed says why. */
export function outcomeOf(results: DeadLetterResult[]): { done: number; already: number; failed: number; first?: DeadLetterResult } {
  const count = (...wanted: DeadLetterOutcome[]) => results.filter((one) => wanted.includes(one.outcome)).length
  const bad = [DeadLetterOutcome.FAILED, DeadLetterOutcome.REFUSED]
  const first = results.find((one) => bad.includes(one.outcome))
  return { done: count(DeadLetterOutcome.DONE), already: count(DeadLetterOutcome.ALREADY, DeadLetterOutcome.NOT_FOUND), failed: count(...bad), ...(first ? { first } : {}) }
}
