import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import { useEffect } from 'react'

import { useSpeech } from './i18n'
import { useDark, usePreferences } from './preferences'
import { queryClient } from './queryClient'
import { router } from './router'
import { themeOf } from './theme'

/** The nonce under which this page may add styles; the gateway gave it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

/** Dress, memory and pages. */
export function App() {
  const { language } = useSpeech()
  const dark = useDark()
  const { density } = usePreferences()
  useEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
    document.documentElement.dataset['density'] = density
  }, [dark, density])
  return (
    <ConfigProvider theme={themeOf(dark, density === 'compact')} locale={language === 'zh-CN' ? zhCN : enUS} csp={{ nonce }} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ConfigProvider>
  )
}
