import type { RJSFSchema } from '@rjsf/utils'

/** Fields whose last value is the best guess for the next task. */
const REMEMBERED = ['channel'] as const
const KEY = 'crm.last-result'

interface Branch {
  if?: { properties?: { result_code?: { const?: string } } }
  then?: { required?: string[] }
}

/** Which results demand a field. */
export function demands(schema: RJSFSchema): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const branch of (schema.allOf ?? []) as Branch[]) {
    const result = branch.if?.properties?.result_code?.const
    for (const field of branch.then?.required ?? []) {
      if (result) found.set(field, [...(found.get(field) ?? []), result])
    }
  }
  return found
}

/** Fields that say nothing under the chosen result, such as a new date for what is done. */
export function pointless(schema: RJSFSchema, result: string | undefined): string[] {
  const always = new Set<string>(['note', ...REMEMBERED])
  return [...demands(schema)].filter(([field, results]) => !always.has(field) && !results.includes(result ?? '')).map(([field]) => field)
}

/** The form without the fields that say nothing under the chosen result. */
export function trimmed(schema: RJSFSchema, result: string | undefined): RJSFSchema {
  const hidden = new Set(pointless(schema, result))
  return { ...schema, properties: Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !hidden.has(name))) }
}

/** What is sent: only what belongs to the chosen result, and no empty text. */
export function resultOf(schema: RJSFSchema, data: Record<string, unknown>): Record<string, unknown> {
  const hidden = new Set(pointless(schema, data['result_code'] as string | undefined))
  return Object.fromEntries(Object.entries(data).filter(([name, value]) => !hidden.has(name) && value !== undefined && value !== '' && value !== null))
}

/** Values to begin with. */
export function firstValues(schema: RJSFSchema): Record<string, unknown> {
  try {
    const last = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>
    return Object.fromEntries(REMEMBERED.filter((name) => schema.properties?.[name] && last[name] !== undefined).map((name) => [name, last[name]]))
  } catch {
    return {}
  }
}

/** Remembers what is likely to be the same next time. */
export function rememberValues(data: Record<string, unknown>): void {
  const kept = Object.fromEntries(REMEMBERED.filter((name) => data[name] !== undefined).map((name) => [name, data[name]]))
  try {
    if (Object.keys(kept).length > 0) localStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // Only a convenience.
  }
}
