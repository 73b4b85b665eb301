/** What a person has written but not sent, kept for this tab: it survives a reload, a refusal and a new sign-in. */
const PREFIX = 'crm.draft.'

/** The draft of a task; undefined when none. */
export function draftOf(taskId: string): Record<string, unknown> | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + taskId)
    return text ? (JSON.parse(text) as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Keeps a draft. */
export function keepDraft(taskId: string, data: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + taskId, JSON.stringify(data))
  } catch {
    // The form itself still holds it.
  }
}

/** Forgets a draft once its task has ended. */
export function dropDraft(taskId: string): void {
  try {
    sessionStorage.removeItem(PREFIX + taskId)
  } catch {
    // Nothing to forget.
  }
}
