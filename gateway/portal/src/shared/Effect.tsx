import type { ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'

import style from './Effect.module.css'
import { ErrorNote } from './Notes'
import { countText } from './numbers'
import { Skeleton } from './Skeleton'

interface EffectProps {
  title: string
  query: { isPending: boolean; isFetching: boolean; error: unknown; refetch: () => unknown }
  counts: [what: string, count: number | bigint][]
  note?: ReactNode
}

/** What something would do, counted, before it is done. */
export function Effect({ title, query, counts, note }: EffectProps) {
  const { language } = useSpeech()
  return (
    <section className={style.effect} aria-label={title} aria-live="polite" aria-busy={query.isFetching}>
      <h3>{title}</h3>
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} compact /> : null}
      {query.isPending && !query.error ? <Skeleton lines={2} /> : null}
      {query.isPending || query.error ? null : (
        <dl>
          {counts.map(([what, count]) => (
            <div key={what} data-none={Number(count) === 0}>
              <dd>{countText(count, language)}</dd>
              <dt>{what}</dt>
            </div>
          ))}
        </dl>
      )}
      {note ? <p>{note}</p> : null}
    </section>
  )
}
