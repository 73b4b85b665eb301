import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox } from 'antd'
import { MailCheck, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { tell } from '@/app/refusal'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { DeadLetterResult } from '@/rpc/crm/operations/v1/dead_letters_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Section } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'

import { LetterDialog, type Deed } from './LetterDialog'
import { LetterRow } from './LetterRow'
import { lettersOf, MOST, outcomeOf, parts, reasonText } from './letters'
import style from './Letters.module.css'
import { partText } from './words'

const FORM = 'operations.dead_letters'

function useLetters(part: string) {
  return useInfiniteQuery({
    queryKey: ['operations', 'letters', part],
    queryFn: ({ pageParam, signal }) => lettersOf(part).listDeadLetters({ page: { size: MOST, cursor: pageParam, withTotal: pageParam === '' } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
    refetchInterval: 10_000,
  })
}

/** Says what became of the letters, and why one failed. */
function useSaying() {
  const speech = useSpeech()
  const { t, find } = speech
  return (what: Deed, results: DeadLetterResult[]) => {
    const { done, already, failed, first } = outcomeOf(results)
    const text = [
      done > 0 ? t(what === 'replay' ? 'operations.letters.replayed' : 'operations.letters.discarded', { n: done }) : '',
      already > 0 ? t('operations.letters.already', { n: already }) : '',
      failed > 0 ? t('operations.letters.failed', { n: failed }) : '',
    ].filter(Boolean).join(t('operations.letters.and'))
    say({ tone: failed > 0 ? 'bad' : 'good', text, ...(first ? { detail: find(`operations.stuck.${first.reason}`) ?? reasonText(first, speech) } : {}) })
  }
}

/** What one part gave up; nothing at all where it gave nothing up, unless it is the one asked for. */
function PartLetters({ part, asked }: { part: string; asked: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  const { may } = useAccess()
  const client = useQueryClient()
  const saying = useSaying()
  const query = useLetters(part)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState<{ deed: Deed; ids: string[] }>()
  const work = useMutation({
    mutationFn: async ({ deed, ids, reason }: { deed: Deed; ids: string[]; reason: string }) =>
      deed === 'replay' ? (await lettersOf(part).replayDeadLetters({ ids })).results : (await lettersOf(part).discardDeadLetters({ ids, reason })).results,
    onSuccess: (results, { deed }) => {
      saying(deed, results)
      setChosen(new Set())
    },
    onError: (cause) => {
      const told = tell(cause, speech)
      say({ tone: 'bad', text: told.what, detail: `${told.why} ${told.next}` })
    },
    onSettled: () => {
      setAsking(undefined)
      return client.invalidateQueries({ queryKey: ['operations'] })
    },
  })
  const letters = query.data?.pages.flatMap((page) => page.letters) ?? []
  const total = Number(query.data?.pages[0]?.page?.total ?? letters.length)
  if (query.error && !query.data) return <Section title={partText(part, speech)}><ErrorNote error={query.error} retry={() => void query.refetch()} compact /></Section>
  if (!query.data) return asked ? <Skeleton lines={4} /> : null
  if (letters.length === 0) return asked ? <Section title={partText(part, speech)}><Empty icon={<MailCheck aria-hidden="true" />} title={t('operations.letters.noneHere', { part: partText(part, speech) })} /></Section> : null
  const picked = letters.filter((one) => chosen.has(one.id)).slice(0, MOST)
  const many = picked.map((one) => one.id)
  const playable = picked.filter((one) => one.stuck === '').map((one) => one.id)
  const mayReplay = may(FORM, Action.CHANGE)
  const mayDiscard = may(FORM, Action.DELETE)
  const every = letters.slice(0, MOST)
  return (
    <Section title={t('operations.letters.of', { part: partText(part, speech), n: total })}>
      {mayReplay || mayDiscard ? (
        <div className={style.tools}>
          <Checkbox
            checked={many.length > 0 && many.length >= every.length}
            indeterminate={many.length > 0 && many.length < every.length}
            onChange={(event) => { setChosen(new Set(event.target.checked ? every.map((one) => one.id) : [])) }}
          >
            {many.length > 0 ? t('operations.letters.chosen', { n: many.length }) : t('operations.letters.choose')}
          </Checkbox>
          {mayReplay && playable.length > 0 ? <Button size="small" icon={<RotateCw size={14} aria-hidden="true" />} onClick={() => { setAsking({ deed: 'replay', ids: playable }) }}>{t('operations.letters.replayChosen', { n: playable.length })}</Button> : null}
          {mayDiscard && many.length > 0 ? <Button size="small" icon={<Trash2 size={14} aria-hidden="true" />} onClick={() => { setAsking({ deed: 'discard', ids: many }) }}>{t('operations.letters.discardChosen', { n: many.length })}</Button> : null}
        </div>
      ) : null}
      <ul className={style.letters} aria-label={t('operations.letters.of', { part: partText(part, speech), n: total })}>
        {letters.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            chosen={chosen.has(letter.id)}
            onChoose={(on) => { setChosen((old) => new Set(on ? [...old, letter.id] : [...old].filter((id) => id !== letter.id))) }}
            {...(mayReplay ? { onReplay: () => { setAsking({ deed: 'replay', ids: [letter.id] }) } } : {})}
            {...(mayDiscard ? { onDiscard: () => { setAsking({ deed: 'discard', ids: [letter.id] }) } } : {})}
          />
        ))}
      </ul>
      {query.hasNextPage ? <Button onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>{t('operations.letters.more', { n: total - letters.length })}</Button> : null}
      {asking ? <LetterDialog deed={asking.deed} count={asking.ids.length} busy={work.isPending} onClose={() => { setAsking(undefined) }} onDo={(reason) => { work.mutate({ ...asking, reason }) }} /> : null}
    </Section>
  )
}

/** Shown once every part has said that it gave nothing up. */
function NothingAnywhere() {
  const { t } = useSpeech()
  const every = [useLetters('dispatch'), useLetters('customer'), useLetters('support'), useLetters('telemetry')]
  if (every.some((one) => one.data === undefined || one.data.pages.some((page) => page.letters.length > 0))) return null
  return <section className="panel"><Empty icon={<MailCheck aria-hidden="true" />} title={t('operations.letters.none')} hint={t('operations.letters.noneHint')} /></section>
}

/** Events and write-backs that were given up, part by part: why, since when, and what can be done about each. */
export function LettersView({ part, onChange }: { part: string; onChange: (part: string) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const shown = parts.filter((one) => part === '' || one === part)
  return (
    <>
      <p className="secondary">{t('operations.letters.note')}</p>
      <div className={style.filters}>
        <Segments label={t('operations.part')} value={part} onChange={onChange} options={[{ value: '', label: t('operations.everyPart') }, ...parts.map((name) => ({ value: String(name), label: partText(name, speech) }))]} />
      </div>
      {shown.map((one) => <PartLetters key={one} part={one} asked={part === one} />)}
      {part === '' ? <NothingAnywhere /> : null}
    </>
  )
}
