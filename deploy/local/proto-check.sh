#!/usr/bin/env bash
# Breaking changes of the contracts against main, and whether the generated Python is what they give.
set -euo pipefail
cd "$(dirname "$0")/../.."

against=""
for name in main origin/main; do
  if git rev-parse --verify --quiet "$name:proto/crm" >/dev/null; then against=$name && break; fi
done
if [ -n "$against" ]; then
  buf breaking --against ".git#ref=$(git rev-parse "$against")"
  echo "no breaking change against $against"
else
  echo "breaking changes NOT checked: this clone has no main with proto/ to compare with" >&2
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cp -r proto "$fresh/proto"
"$fresh/proto/generate.sh"
diff -r --exclude=__pycache__ "$fresh/proto/gen" proto/gen ||
  { echo "proto/gen is not what proto/ gives: run 'make proto' and commit the result" >&2; exit 1; }
echo "generated code is up to date"
