import dayjs from 'dayjs'

/** Calendars of form fields speak the person's language. */
export async function setLanguageOfDates(language: string): Promise<void> {
  if (language === 'zh-CN') {
    await import('dayjs/locale/zh-cn')
    dayjs.locale('zh-cn')
  } else {
    dayjs.locale('en')
  }
}
