import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'

import { setPreferences } from '../preferences'
import type { Language } from './language'
import { findText, translator, type Catalogue, type Translate, type Values } from './text'

/** What a component needs to speak. */
export interface Speech {
  language: Language
  t: Translate
  /** Text for a key from outside; undefined when there is none. */
  find: (key: string, values?: Values) => string | undefined
  changeLanguage: (language: Language) => Promise<void>
}

const SpeechContext = createContext<Speech | null>(null)

/** Loads the texts of one language. */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  return language === 'zh-CN' ? (await import('./zh')).zh : (await import('./en')).en
}

/** Gives everything below it a language. */
export function SpeechProvider(props: { language: Language; catalogue: Catalogue; children: ReactNode }) {
  const [spoken, setSpoken] = useState({ language: props.language, catalogue: props.catalogue })
  const changeLanguage = useCallback(async (language: Language) => {
    const catalogue = await loadCatalogue(language)
    document.documentElement.lang = language
    setPreferences({ language })
    setSpoken({ language, catalogue })
  }, [])
  const speech = useMemo<Speech>(() => {
    const t = translator(spoken.catalogue)
    return {
      language: spoken.language,
      t,
      find: (key, values) => findText(t, spoken.catalogue, key, values),
      changeLanguage,
    }
  }, [spoken, changeLanguage])
  return <SpeechContext value={speech}>{props.children}</SpeechContext>
}

/** The language of this place. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('no language above this component')
  return speech
}
