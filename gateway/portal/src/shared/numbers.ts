import type { Language } from '@/app/i18n/language'

/** A count with the thousands apart. */
export function countText(count: number | bigint, language: Language): string {
  return new Intl.NumberFormat(language).format(count)
}

/** A telephone number in groups; stars of a masked one stay. */
export function phoneText(phone: string): string {
  const plain = phone.replace(/[\s-]/g, '')
  if (/^1[\d*]{10}$/.test(plain)) return `${plain.slice(0, 3)} ${plain.slice(3, 7)} ${plain.slice(7)}`
  if (plain.includes('*')) return plain.replace(/\*+/, ' $& ').trim()
  if (/^0\d{9,11}$/.test(plain)) {
    const area = /^0(10|2\d)/.test(plain) ? 3 : 4
    return `${plain.slice(0, area)} ${plain.slice(area, -4)} ${plain.slice(-4)}`
  }
  return phone
}

/** True when a number can be dialled: not a masked one, not the name of a line. */
export function dialable(phone: string): boolean {
  return /^\+?[\d\s-]{5,}$/.test(phone)
}
