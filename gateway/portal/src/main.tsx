import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './app/App'
import { loadCatalogue, SpeechProvider } from './app/i18n'
import { chooseLanguage } from './app/i18n/language'
import { preferences } from './app/preferences'
import { beginSession, signIn } from './app/session'
import { StartFailed } from './app/shell/StartFailed'
import './app/tokens.css'

async function start(): Promise<void> {
  const place = document.getElementById('root')
  if (!place) throw new Error('the page has no place to draw on')
  const guess = chooseLanguage(preferences().language, navigator.language)
  const root = createRoot(place)
  const early = loadCatalogue(guess)
  try {
    const session = await beginSession()
    if (!session) {
      signIn()
      return
    }
    const language = chooseLanguage(preferences().language, session.language, navigator.language)
    document.documentElement.lang = language
    const catalogue = await (language === guess ? early : loadCatalogue(language))
    root.render(
      <StrictMode>
        <SpeechProvider language={language} catalogue={catalogue}>
          <App />
        </SpeechProvider>
      </StrictMode>,
    )
  } catch {
    document.documentElement.lang = guess
    root.render(
      <SpeechProvider language={guess} catalogue={await early}>
        <StartFailed />
      </SpeechProvider>,
    )
  }
}

void start()
