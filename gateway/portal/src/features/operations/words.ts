import type { useSpeech } from '@/app/i18n'
import type { Alert } from '@/rpc/crm/telemetry/v1/telemetry_pb'

type Speech = ReturnType<typeof useSpeech>

/** A part by its name in the product; one that is not known by its own. */
export function partText(name: string, { find }: Speech): string {
  return find(`operations.part.${name}`) ?? name
}

/** A call without the address of its contract: what was asked. */
export function callText(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** The contract a call belongs to, for whoever has to look it up. */
export function contractText(name: string): string {
  return name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : ''
}

/** A figure with the unit of its rule. */
export function figureText(value: number, unit: string, { t }: Speech): string {
  const figure = String(Math.round(value * 10) / 10)
  if (unit === '%') return `${figure}%`
  if (unit === 'ms') return t('operations.unit.ms', { n: figure })
  if (unit === 's') return t('operations.unit.s', { n: figure })
  if (unit === 'days') return t('operations.unit.days', { n: figure })
  if (unit === 'hours') return t('operations.unit.hours', { n: figure })
  return figure
}

/** What an alert says, in one sentence. */
export function alertText(alert: Alert, unit: string, speech: Speech): string {
  const part = partText(alert.part, speech)
  return speech.find(`operations.rule.${alert.rule}.says`)?.replaceAll('{part}', part).replaceAll('{value}', figureText(alert.value, unit, speech)).replaceAll('{limit}', figureText(alert.limit, unit, speech)).replaceAll('{subject}', alert.subject) ?? `${part}: ${alert.rule}`
}

/** Why, and who noticed: causes in words, parts by their names. */
export function detailText(detail: string, speech: Speech): string {
  const [causes = '', told = ''] = detail.includes('(') ? detail.replace(')', '').split('(') : [detail]
  const named = causes.trim().split(' ').filter(Boolean).map((cause) => speech.find(`operations.cause.${cause}`) ?? cause.split(',').map((name) => partText(name.trim(), speech)).join(' '))
  const who = told.split(',').map((name) => name.trim()).filter(Boolean).map((name) => partText(name, speech))
  return [named.join(' · '), who.length > 0 ? speech.t('operations.noticedBy', { who: who.join(', ') }) : ''].filter(Boolean).join(' · ')
}

/** Milliseconds as people read them. */
export function tookText(ms: number, speech: Speech): string {
  if (ms >= 10_000) return speech.t('operations.unit.s', { n: (ms / 1000).toFixed(1) })
  if (ms >= 1000) return speech.t('operations.unit.s', { n: (ms / 1000).toFixed(2) })
  return speech.t('operations.unit.ms', { n: ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2) })
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(0)} MiB`
  return `${(bytes / 1024).toFixed(0)} KiB`
}
