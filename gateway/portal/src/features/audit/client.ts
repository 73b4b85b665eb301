import { createClient } from '@connectrpc/connect'

import { transport } from '@/app/transport'
import { AuditService } from '@/rpc/crm/support/v1/audit_pb'

/** Who signed in, and what they looked at. */
export const audit = createClient(AuditService, transport)
