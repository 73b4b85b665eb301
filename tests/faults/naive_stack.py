"""The stack that `make run` starts, but for dispatch, which publishes without its outbox."""

import sys
from dataclasses import replace

from local_stack import __main__, children

if __name__ == "__main__":
    children.SERVICES = tuple(
        replace(service, module="tests.faults.naive_dispatch") if service.name == "dispatch" else service
        for service in children.SERVICES
    )
    sys.exit(__main__.main(sys.argv[1:]))
