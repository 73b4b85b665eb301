"""dispatch with its outbox bypassed: events are published after the commit, gathered in memory for a second, as so many systems do.

The control of the fault run. It must lose something, or the checker proves nothing.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from chassis import database, service
from chassis.ids import new_id
from chassis.nats import Bus
from chassis.settings import load
from dispatch.__main__ import service as describe
from dispatch.settings import DispatchSettings

GATHER = 1.0
_buses: list[Bus] = []


class PublishAfterCommit(database.Database):
    """Commits first and publishes afterwards; whatever fails in between is gone."""

    async def run(self, actor: Any, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs the action; its events never touch the outbox."""
        taken: list[dict[str, Any]] = []
        bypassed = partial(_without_outbox, action, taken)
        # The name is what the trace shows.
        bypassed.__name__ = action.__name__  # type: ignore[attr-defined]  # a partial takes attributes
        answer = await super().run(actor, bypassed, *args, **kwargs)
        for event in taken:
            asyncio.get_running_loop().create_task(_publish(event))
        return answer


def _without_outbox(
    action: Callable[..., Any], taken: list[dict[str, Any]], unit: Any, *args: Any, **kwargs: Any
) -> Any:
    answer = action(unit, *args, **kwargs)
    taken[:] = list(unit._events)
    unit._events.clear()
    return answer


async def _publish(event: dict[str, Any]) -> None:
    await asyncio.sleep(GATHER)
    with contextlib.suppress(Exception):
        await _buses[0].send(
            event_id=new_id(),
            subject=event["subject"],
            kind=event["type"],
            entity_id="",
            at=event["recorded_at"],
            payload=event["payload"],
            traceparent="",
        )


def _remember(*args: Any, **kwargs: Any) -> Bus:
    bus = Bus(*args, **kwargs)
    _buses.append(bus)
    return bus


if __name__ == "__main__":
    service.Database = PublishAfterCommit  # type: ignore[misc]  # the control swaps the machinery under the real service
    service.Bus = _remember  # type: ignore[assignment, misc]
    service.main(describe(load(DispatchSettings)))
