"""`python -m chassis.healthy`: ends with 0 if the service of this container says that it serves; for health checks.

Reads CRM_GRPC_PORT, CRM_GRPC_HOST and CRM_TLS_DIR and nothing else, and imports little: it is started every few seconds.
"""

import os
import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis import tls

_SECONDS = 3.0
_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  what a server listens on, not us


def main() -> int:
    """Ask once, print why not, and answer the exit status."""
    host = os.environ.get("CRM_GRPC_HOST", "")
    target = f"{'127.0.0.1' if host in _EVERYWHERE else host}:{os.environ.get('CRM_GRPC_PORT', '')}"
    folder = os.environ.get("CRM_TLS_DIR", "")
    channel = (
        grpc.secure_channel(target, tls.of(folder).channel_credentials()) if folder else grpc.insecure_channel(target)
    )
    with channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its methods are declared at run time
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS)
        except grpc.RpcError as error:
            sys.stderr.write(f"{target} does not answer: {error}\n")
            return 1
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        sys.stderr.write(f"{target} answers, but not all it stands on is there; /readyz of the gateway says what\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
