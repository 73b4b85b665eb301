"""The stack that `make run` starts, but for the services' way to their database: it leads through a proxy of the tests."""

import os
import sys
from dataclasses import replace

from sqlalchemy import make_url

from local_stack import __main__, children, stack
from local_stack.children import Child
from local_stack.layout import Home, Ports

PORT = "FAULTS_DATABASE_PORT"


def _through_the_proxy(home: Home, ports: Ports) -> list[Child]:
    return [_diverted(child) for child in children.children(home, ports)]


def _diverted(child: Child) -> Child:
    address = child.environment.get("CRM_DATABASE_URL")
    if not address:
        return child
    diverted = make_url(address).set(port=int(os.environ[PORT])).render_as_string(hide_password=False)
    return replace(child, environment={**child.environment, "CRM_DATABASE_URL": diverted})


if __name__ == "__main__":
    stack.children = _through_the_proxy
    sys.exit(__main__.main(sys.argv[1:]))
