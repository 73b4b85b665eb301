/** What changes on the server arrives here without asking, and freshens whatever shows it. */
import { queryClient } from './queryClient'
import { announceSessionEnd, beginSession } from './session'

/** What is said about a task. */
export interface TaskNews {
  id: string
  version: number
  change: 'created' | 'assigned' | 'accepted' | 'completed' | 'cancelled' | 'moved' | 'overdue' | 'written-back' | 'generated'
}

const GATHER_MS = 300
const CALM_MS = 1500

let connected = true
const listeners = new Set<() => void>()

/** False while nothing arrives. */
export function liveConnected(): boolean {
  return connected
}

/** Calls back when the connection comes or goes. */
export function subscribeLive(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function setConnected(now: boolean): void {
  if (connected === now) return
  connected = now
  listeners.forEach((listener) => {
    listener()
  })
}

/** Freshens lists and the tasks named; gathers what comes in a burst, so that a morning's generation is one question. */
function gatherer(onNews: (news: TaskNews[]) => void): (news: TaskNews) => void {
  let gathered: TaskNews[] = []
  let lastAsked = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = () => {
    timer = undefined
    lastAsked = Date.now()
    const news = gathered
    gathered = []
    news.filter(({ id }) => id !== '').forEach(({ id }) => void queryClient.invalidateQueries({ queryKey: ['task', id] }))
    void queryClient.invalidateQueries({ queryKey: ['tasks'] })
    if (news.some(({ change }) => change === 'written-back')) void queryClient.invalidateQueries({ queryKey: ['write-backs'] })
    onNews(news)
  }
  return (news) => {
    gathered.push(news)
    timer ??= setTimeout(ask, Math.max(GATHER_MS, lastAsked + CALM_MS - Date.now()))
  }
}

/** Listens until told to stop. */
export function listen(onNews: (news: TaskNews[]) => void): () => void {
  const take = gatherer(onNews)
  let source: EventSource | undefined
  let pause = 2_000
  let again: ReturnType<typeof setTimeout> | undefined
  let missed = false
  const reopen = async () => {
    try {
      // An event source does not say why it was refused; the session does.
      if ((await beginSession()) === null) {
        announceSessionEnd()
        return
      }
    } catch {
      // The gateway is away; try again later.
    }
    open()
  }
  const open = () => {
    source = new EventSource('/live')
    source.addEventListener('open', () => {
      pause = 2_000
      setConnected(true)
      if (missed) void queryClient.invalidateQueries()
      missed = false
    })
    source.addEventListener('task', (event: MessageEvent<string>) => {
      take(JSON.parse(event.data) as TaskNews)
    })
    // Something may have been missed on the way here.
    source.addEventListener('resync', () => void queryClient.invalidateQueries())
    source.addEventListener('session-ended', () => {
      source?.close()
      announceSessionEnd()
    })
    source.addEventListener('error', () => {
      missed = true
      setConnected(false)
      if (source?.readyState !== EventSource.CLOSED) return
      again = setTimeout(() => void reopen(), pause)
      pause = Math.min(pause * 2, 30_000)
    })
  }
  open()
  return () => {
    source?.close()
    clearTimeout(again)
  }
}
