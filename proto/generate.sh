#!/usr/bin/env bash
# Generates the Python of every contract into proto/gen. The proto root is the Python root, so imports need no patching.
set -euo pipefail
cd "$(dirname "$0")"
find gen/crm -name '*_pb2*' -delete
mapfile -t files < <(find crm -name '*.proto' | sort)
mapfile -t services < <(grep -l '^service ' "${files[@]}")
python -m grpc_tools.protoc -I. --python_out=gen --mypy_out=gen "${files[@]}"
python -m grpc_tools.protoc -I. --grpc_python_out=gen --mypy_grpc_out=only_async:gen "${services[@]}"
find gen/crm -type d -exec sh -c ': > "$1/__init__.py"' _ {} \;
