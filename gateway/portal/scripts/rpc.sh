#!/usr/bin/env bash
# Writes src/rpc from proto/; with --check only says whether it is what proto/ gives.
# buf comes from the workspace's Python environment (buf-bin) or from PATH; no plugin leaves this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="../../.venv/bin:$PATH"
command -v buf >/dev/null || { echo "buf is missing: run 'make install' in the project's root first." >&2; exit 1; }
if [ "${1:-}" = "--check" ]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  buf generate -o "$fresh"
  diff -r "$fresh/src/rpc" src/rpc || { echo "src/rpc is not what proto/ gives: run 'npm run rpc' and commit the result." >&2; exit 1; }
else
  buf generate
fi
