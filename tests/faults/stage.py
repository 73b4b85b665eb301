"""The stack that several scenarios share: what `make run` starts, with a way to the database that can be made slow."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.prepared import CUSTOMERS, laid_into, own_folder
from tests.faults.proxied_stack import PORT
from tests.faults.proxy import Proxy
from tests.rig import Rig, running

# Beyond every port of a stack.
_PROXY = 18


@dataclass(frozen=True)
class Stage:
    """A stack that runs, and the proxy before its database."""

    rig: Rig
    proxy: Proxy


@contextmanager
def staged() -> Generator[Stage]:
    """Starts the stack and ends it afterwards."""
    with own_folder() as folder:
        settings = laid_into(folder)
        base = int(settings["CRM_PORT"])
        proxy = Proxy(port=base + _PROXY, upstream=base + 3)
        proxy.start()
        settings[PORT] = str(proxy.port)
        try:
            with running(
                customers=CUSTOMERS, program="tests.faults.proxied_stack", environment=settings, home=folder
            ) as rig:
                yield Stage(rig, proxy)
        finally:
            proxy.stop()
