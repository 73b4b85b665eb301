import { createClient } from '@connectrpc/connect'

import { transport } from '@/app/transport'
import { SystemService } from '@/rpc/crm/support/v1/systems_pb'

/** Older systems and the way in to them. */
export const systems = createClient(SystemService, transport)
