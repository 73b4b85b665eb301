import type { Translate } from '@/app/i18n/text'
import { WayIn } from '@/rpc/crm/support/v1/systems_pb'

const names = { [WayIn.UNSPECIFIED]: 'link', [WayIn.OIDC]: 'oidc', [WayIn.SAML]: 'saml', [WayIn.STORED_CREDENTIAL]: 'stored', [WayIn.LINK]: 'link' } as const

/** How a person gets in. */
export function wayInText(wayIn: WayIn, t: Translate): string {
  return t(`systems.way.${names[wayIn]}`)
}
