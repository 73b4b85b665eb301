import { createClient } from '@connectrpc/connect'
import { queryOptions } from '@tanstack/react-query'

import { transport } from '@/app/transport'
import { TelemetryService } from '@/rpc/crm/telemetry/v1/telemetry_pb'

/** What the suite says of itself. */
export const telemetry = createClient(TelemetryService, transport)

/** How every part is; asked again every few seconds while somebody looks. */
export const healthQuery = queryOptions({
  queryKey: ['operations', 'health'],
  queryFn: ({ signal }) => telemetry.getHealth({}, { signal, timeoutMs: 8000 }),
  refetchInterval: 5000,
})

/** Alerts of the last days and the rules they come from. */
export const alertsQuery = queryOptions({
  queryKey: ['operations', 'alerts'],
  queryFn: ({ signal }) => telemetry.listAlerts({}, { signal }),
  refetchInterval: 5000,
})
