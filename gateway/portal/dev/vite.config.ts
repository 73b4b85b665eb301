import { defineConfig, mergeConfig } from 'vite'

import portal from '../vite.config'
import { mockBranch } from './plugin'

/** Addresses that belong to the gateway; `CRM_GATEWAY=http://localhost:8080 npm run dev` works against a real one. */
const gatewayPaths = ['/rpc', '/session', '/login', '/callback', '/logout', '/live', '/files', '/auth']
const gateway = process.env['CRM_GATEWAY']

export default mergeConfig(
  portal,
  defineConfig({
    ...(gateway ? {} : { plugins: [mockBranch()] }),
    server: gateway ? { proxy: Object.fromEntries(gatewayPaths.map((path) => [path, { target: gateway }])) } : {},
  }),
)
