"""A service among distinctive values with logs and telemetry on: `python -m tests.leaks.canary_run URL SINK FOLDER SERVICE`.

In a process of its own, because OpenTelemetry's providers are set once a process. With `planted` after it a leak is planted
in every place that is looked at: the control.
"""

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis import database, interceptors, logging, masking, telemetry
from support import packing
from tests.leaks import canary_customers, canary_office, canary_tasks

RUNS: dict[str, Any] = {"customer": canary_customers, "dispatch": canary_tasks, "support": canary_office}
PLANTED = {"customer": "13910000001", "dispatch": "云州市任务路1号", "support": "13917000001"}


@contextmanager
def planted(value: str) -> Generator[None]:
    """Leaves out the masks and says a value in a line of the output, a span and every event; publishes people with their telephones."""
    kept: Any = masking.apply
    told: Any = interceptors.Gatekeeper.admit
    recorded: Any = database.Unit.record
    published: Any = packing.published_person

    async def admit(self: Any, method: str, metadata: dict[str, str], peer: str) -> Any:
        with telemetry.span(f"looked up {value}"):
            # Past the log, which blots out numbers itself.
            print(f"caller asked about {value}", file=sys.stderr)
        return await told(self, method, metadata, peer)

    def record(self: Any, event: object) -> None:
        recorded(self, event)
        # A field that no contract knows, as a careless one would travel.
        vars(self)["_events"][-1]["payload"] += b"z" + bytes([len(value.encode())]) + value.encode()

    masking.apply, interceptors.Gatekeeper.admit, database.Unit.record = _nothing, admit, record
    packing.published_person = packing.person
    try:
        yield
    finally:
        masking.apply, interceptors.Gatekeeper.admit, database.Unit.record = kept, told, recorded
        packing.published_person = published


def _nothing(*_: Any) -> None: ...


def main(url: str, sink: str, folder: str, service: str, control: str = "") -> None:
    """Runs one service's calls."""
    logging.start(service)
    telemetry.start(service, sink)
    run = RUNS[service].run(url, Path(folder))
    if control:
        with planted(PLANTED[service]):
            asyncio.run(run)
    else:
        asyncio.run(run)
    telemetry.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
