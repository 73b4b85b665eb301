import type { zh } from './zh'

/** Every text of the portal has a key; the Chinese catalogue is the source of them. */
export type Key = keyof typeof zh

/** All texts in one language. */
export type Catalogue = Record<Key, string>

/** Values for the places in a text. */
export type Values = Record<string, string | number>

/** Answers a text by its key. */
export type Translate = (key: Key, values?: Values) => string

const PLACE = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g

/** Puts values into a text: `{name}`, and `{count|task|tasks}` for what is said of one and of many. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(PLACE, (whole, name: string, one?: string, many?: string) => {
    const value = values[name]
    if (value === undefined) return whole
    if (one === undefined) return String(value)
    return (Number(value) === 1 ? one : many) ?? ''
  })
}

/** Makes the function that answers texts of one catalogue. */
export function translator(catalogue: Catalogue): Translate {
  return (key, values) => fill(catalogue[key], values)
}

/** Looks a key up that came from outside, such as a reason code; undefined when no text is known. */
export function findText(t: Translate, catalogue: Catalogue, key: string, values?: Values): string | undefined {
  return Object.hasOwn(catalogue, key) ? t(key as Key, values) : undefined
}
