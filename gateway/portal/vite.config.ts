import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      '@': here('./src'),
      // @rjsf/core names ajv in a helper for its own tests; ajv needs `eval`, which the content security policy forbids.
      '@rjsf/validator-ajv8': here('./src/shared/form/validator.ts'),
    },
  },
  // The gateway replaces the placeholder by a fresh nonce with every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    // Inlined assets would need data: addresses in the content security policy.
    assetsInlineLimit: 0,
    manifest: 'asset-manifest.json',
    chunkSizeWarningLimit: 700,
  },
  test: { include: ['tests/**/*.test.{ts,tsx}'], environment: 'node' },
})
