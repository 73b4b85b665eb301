/** Who is signed in, as the gateway answers it. No token ever reaches the browser. */
export interface Session {
  staff_number: string
  name: string
  roles: string[]
  csrf: string
  expires_at: string
  language?: string
}

let current: Session | null = null

/** The session of this page; only asked for once it has begun. */
export function session(): Session {
  if (!current) throw new Error('asked for the session before it began')
  return current
}

/** The token that proves a call comes from this page; empty before the session began. */
export function csrfToken(): string {
  return current?.csrf ?? ''
}

/** Asks the gateway who is signed in; null when nobody is. */
export async function beginSession(): Promise<Session | null> {
  const answer = await fetch('/session', { headers: { accept: 'application/json' } })
  if (answer.status === 401) return null
  if (!answer.ok) throw new Error(`the gateway answered ${String(answer.status)}`)
  current = (await answer.json()) as Session
  return current
}

/** Address of the sign-in page that leads back to where the person is. */
export function signInAddress(): string {
  return `/login?return_to=${encodeURIComponent(location.pathname + location.search)}`
}

/** Goes to the sign-in page. */
export function signIn(): void {
  location.assign(signInAddress())
}

/** Ends the session here and at Keycloak. */
export async function signOut(): Promise<void> {
  const answer = await fetch('/logout', { method: 'POST', headers: { 'x-csrf-token': csrfToken() } })
  const { location: next } = answer.ok ? ((await answer.json()) as { location?: string }) : { location: '/' }
  location.assign(next ?? '/')
}

const endListeners = new Set<() => void>()

/** Tells whoever wants to know that the session is over. */
export function announceSessionEnd(): void {
  endListeners.forEach((listener) => {
    listener()
  })
}

/** Calls back once the session is over. */
export function onSessionEnd(listener: () => void): () => void {
  endListeners.add(listener)
  return () => endListeners.delete(listener)
}
