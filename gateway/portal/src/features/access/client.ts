import { createClient } from '@connectrpc/connect'

import { transport } from '@/app/transport'
import { AccessService } from '@/rpc/crm/support/v1/access_pb'

/** Roles, rules, approvals and disclosures. */
export const access = createClient(AccessService, transport)
