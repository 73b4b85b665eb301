import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'

import { CustomerService } from '@/rpc/crm/customer/v1/customer_pb'
import { DispatchService } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { SupportService } from '@/rpc/crm/support/v1/support_pb'

import { TRACE_HEADER } from './refusal'
import { announceSessionEnd, csrfToken } from './session'

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Every call proves where it comes from and begins a trace, so that an error can be found in the records. */
const callHeaders: Interceptor = (next) => async (request) => {
  const trace = randomHex(16)
  request.header.set('x-csrf-token', csrfToken())
  request.header.set('traceparent', `00-${trace}-${randomHex(8)}-01`)
  try {
    return await next(request)
  } catch (cause) {
    const error = ConnectError.from(cause)
    error.metadata.set(TRACE_HEADER, trace)
    if (error.code === Code.Unauthenticated) announceSessionEnd()
    throw error
  }
}

const way = { useBinaryFormat: true, defaultTimeoutMs: 30_000, interceptors: [callHeaders] }

/** The way to the services; parts of the product that come later make their own clients over it. */
export const transport = createConnectTransport({ ...way, baseUrl: '/rpc' })

/** The way to one service by its name: for calls that every service answers for itself. */
export function transportTo(service: string) {
  return createConnectTransport({ ...way, baseUrl: `/rpc/${service}` })
}

/** Tasks. */
export const dispatch = createClient(DispatchService, transport)
/** The customer archive. */
export const customers = createClient(CustomerService, transport)
/** Organisation, staff, calendar and who may do what. */
export const support = createClient(SupportService, transport)
