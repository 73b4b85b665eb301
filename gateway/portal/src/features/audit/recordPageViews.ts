import { useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'

/** Says which page was opened; nobody waits for it, and nothing depends on it. */
async function record(path: string): Promise<void> {
  try {
    const { audit } = await import('./client')
    await audit.recordPageView({ path })
  } catch {
    // A page that could not be recorded is shown all the same; what it shows is recorded where it is read.
  }
}

/** Records every page the person opens. */
export function useRecordPageViews(): void {
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(() => {
    void record(path)
  }, [path])
}
