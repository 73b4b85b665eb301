"""Minutes from the database and from memory in one line of time."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from telemetry.domain.load import Minute
from telemetry.storage import packing


def minutes(
    written: Iterable[tuple[datetime, str, packing.Minute]],
    held: Iterable[tuple[datetime, Minute]],
    part: str,
    since: datetime,
) -> Iterator[tuple[datetime, Minute]]:
    """Yields every minute; where both know one, the calls count once: those of the database."""
    counted: set[datetime] = set()
    for at, name, minute in written:
        calls = tuple((code, latency) for (_, code), latency in minute.calls.items()) if name == part else ()
        if name == part:
            counted.add(at)
        waiting = int(minute.gauges.get("crm.outbox.waiting", 0))
        yield at, Minute(calls, waiting, int(minute.gauges.get("crm.consumer.pending", 0)))
    for at, minute in held:
        if at >= since and not (at in counted and minute.calls):
            yield at, minute
