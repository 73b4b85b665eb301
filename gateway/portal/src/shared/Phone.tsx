import { Phone as PhoneIcon } from 'lucide-react'

import { useSpeech } from '@/app/i18n'

import { dialable, phoneText } from './numbers'
import style from './Phone.module.css'

/** A telephone number, to be dialled with a touch unless it is masked. */
export function Phone({ number, big = false }: { number: string; big?: boolean }) {
  const { t } = useSpeech()
  if (number === '') return <span className="faint">—</span>
  const text = phoneText(number)
  if (!dialable(number)) return <span className={style.number} title={number.includes('*') ? t('phone.masked') : undefined}>{text}</span>
  return (
    <a className={`${style['number'] ?? ''} ${big ? (style['big'] ?? '') : ''}`} href={`tel:${number.replace(/\s/g, '')}`} aria-label={t('phone.call', { number: text })}>
      <PhoneIcon aria-hidden="true" />
      {text}
    </a>
  )
}
