/** Languages of the portal; Chinese is the source. */
export const languages = ['zh-CN', 'en'] as const

/** One of the languages. */
export type Language = (typeof languages)[number]

/** The language to begin with: the person's choice, else what the account or the browser says. */
export function chooseLanguage(...wishes: (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    if (wish?.toLowerCase().startsWith('zh')) return 'zh-CN'
    if (wish?.toLowerCase().startsWith('en')) return 'en'
  }
  return 'zh-CN'
}
