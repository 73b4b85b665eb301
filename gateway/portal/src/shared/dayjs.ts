import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'

import type { Language } from '@/app/i18n/language'

/** Calendars of form fields speak the person's language. */
export function setLanguageOfDates(language: Language): void {
  dayjs.locale(language === 'zh-CN' ? 'zh-cn' : 'en')
}
