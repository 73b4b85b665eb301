/** How a stand-in's period stands on a day. */
export function periodState(period: { validFrom: string; validTo: string; cancelled: boolean }, today: string): 'now' | 'coming' | 'over' | 'taken' {
  if (period.cancelled) return 'taken'
  if (period.validTo !== '' && period.validTo < today) return 'over'
  return period.validFrom > today ? 'coming' : 'now'
}
