import type { Speech } from '@/app/i18n'

/** A day as the history keeps it (`free 防汛停工`, `working make-up until 12:00`), in words. */
export function dayInWords(stored: string, { t }: Pick<Speech, 't'>): string {
  const until = / until (\d\d:\d\d)$/.exec(stored)
  const head = until ? stored.slice(0, until.index) : stored
  const makeUp = / make-up$/.exec(head)
  const [kind = '', ...name] = (makeUp ? head.slice(0, makeUp.index) : head).split(' ')
  if (kind !== 'working' && kind !== 'free') return stored
  return [
    t(kind === 'free' ? 'calendar.day.free' : makeUp ? 'calendar.day.makeUp' : 'calendar.day.working'),
    name.join(' '),
    until ? t('calendar.day.until', { time: until[1] ?? '' }) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
