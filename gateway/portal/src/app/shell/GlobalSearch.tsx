import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ClipboardList, Search, UserRound } from 'lucide-react'
import { useDeferredValue, useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'

import { useAccess } from '@/app/me'
import { customers, dispatch } from '@/app/transport'
import { useUnits } from '@/app/units'
import { cx } from '@/shared/cx'
import { phoneText } from '@/shared/numbers'
import { useShortcuts } from '@/shared/useShortcuts'

import { useSpeech } from '../i18n'
import style from './GlobalSearch.module.css'

const MOST = 6

interface Hit {
  key: string
  kind: 'customer' | 'task'
  id: string
  title: string
  note: string
}

function useHits(wanted: string): { hits: Hit[]; searching: boolean } {
  const { sees } = useAccess()
  const units = useUnits()
  const on = wanted.length > 0
  const found = useQuery({ queryKey: ['search', 'customers', wanted], enabled: on && sees('customer.customer'), queryFn: ({ signal }) => customers.listCustomers({ query: wanted, page: { size: MOST } }, { signal }) })
  const tasks = useQuery({ queryKey: ['search', 'tasks', wanted], enabled: on && sees('dispatch.task'), queryFn: ({ signal }) => dispatch.listTasks({ query: wanted, page: { size: MOST } }, { signal }) })
  const hits: Hit[] = [
    ...(found.data?.customers ?? []).map((customer): Hit => ({ key: `c${customer.id}`, kind: 'customer', id: customer.id, title: customer.name, note: [customer.customerNumber, phoneText(customer.phone), units.name(customer.communityId)].filter(Boolean).join(' · ') })),
    ...(tasks.data?.tasks ?? []).map((task): Hit => ({ key: `t${task.id}`, kind: 'task', id: task.id, title: task.title, note: [task.ownerName, task.externalId].filter(Boolean).join(' · ') })),
  ]
  return { hits: on ? hits : [], searching: found.isFetching || tasks.isFetching }
}

/** Finds customers and tasks from anywhere. */
export function GlobalSearch() {
  const { t } = useSpeech()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(0)
  const wanted = useDeferredValue(typed.trim())
  const { hits, searching } = useHits(open ? wanted : '')
  const input = useRef<HTMLInputElement>(null)
  const root = useRef<HTMLDivElement>(null)
  const id = useId()
  useShortcuts({ '/': () => input.current?.focus() })
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => {
      document.removeEventListener('pointerdown', outside)
    }
  }, [])
  const go = (hit: Hit | undefined) => {
    if (!hit) return
    setOpen(false)
    setTyped('')
    input.current?.blur()
    void navigate({ to: hit.kind === 'customer' ? '/customers/$id' : '/tasks/$id', params: { id: hit.id } })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && hits.length > 0) {
      event.preventDefault()
      setActive((now) => (now + step + hits.length) % hits.length)
    } else if (event.key === 'Enter') {
      go(hits[Math.min(active, hits.length - 1)])
    } else if (event.key === 'Escape') {
      setOpen(false)
      input.current?.blur()
    }
  }
  const shown = open && wanted !== ''
  return (
    <div className={style.search} ref={root} role="search">
      <Search aria-hidden="true" />
      <input
        ref={input}
        role="combobox"
        aria-label={t('search.label')}
        aria-expanded={shown}
        aria-controls={`${id}-hits`}
        aria-autocomplete="list"
        aria-activedescendant={shown && hits.length > 0 ? `${id}-${String(active)}` : undefined}
        placeholder={t('search.label')}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onFocus={() => { setOpen(true) }}
        onBlur={(event) => { if (!root.current?.contains(event.relatedTarget)) setOpen(false) }}
        onChange={(event) => { setTyped(event.target.value); setOpen(true); setActive(0) }}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      <div className={style.popup} hidden={!shown}>
        <div id={`${id}-hits`} role="listbox" aria-label={t('search.hits')}>
          {hits.map((hit, index) => (
            // The input keeps the focus and moves through the entries by aria-activedescendant.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <div key={hit.key} id={`${id}-${String(index)}`} role="option" tabIndex={-1} aria-selected={index === active} className={cx(style.hit, index === active && style.active)} onPointerMove={() => { setActive(index) }} onMouseDown={(event) => { event.preventDefault() }} onClick={() => { go(hit) }}>
              {hit.kind === 'customer' ? <UserRound aria-hidden="true" /> : <ClipboardList aria-hidden="true" />}
              <span className="clip"><span className="hiddenText">{t(hit.kind === 'customer' ? 'search.customer' : 'search.task')} </span>{hit.title}</span>
              <span className={cx('clip', style.note)}>{hit.note}</span>
            </div>
          ))}
        </div>
        {hits.length === 0 ? <p className={style.none} role="status">{t(searching ? 'state.loading' : 'search.none', { query: wanted })}</p> : null}
      </div>
    </div>
  )
}
