"""What was given up: kept with its reason, until an operator tries it again or puts it away.

Events that a consumer could not take lie in the table `dead_letters`; a service may have further kinds (`Letters`). Trying an
event again runs its own consumer's action here, in one transaction with the end of the letter and the note in the inbox: so
twice has the effect of once, and no other consumer meets the event again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from crm.operations.v1.dead_letters_pb2 import (
    DEAD_LETTER_KIND_EVENT,
    DEAD_LETTER_OUTCOME_ALREADY,
    DEAD_LETTER_OUTCOME_DONE,
    DEAD_LETTER_OUTCOME_FAILED,
    DEAD_LETTER_OUTCOME_NOT_FOUND,
    DEAD_LETTER_OUTCOME_REFUSED,
)
from sqlalchemy import Connection, func, select, update

from chassis.database import Unit
from chassis.dead_letter_words import Summary, header_of, reason_of, said_by, summary_of, trace_of
from chassis.identity import service_actor
from chassis.inbox import DEAD, once
from chassis.nats import On
from chassis.plumbing import Plumbing
from chassis.subjects import consumer_name

FORM = "operations.dead_letters"
REPLAYED, DISCARDED = "replayed", "discarded"
CONSUMER_GONE = "CONSUMER_GONE"


@dataclass(frozen=True)
class Letter:
    """One thing that was given up, with nothing in it that a person wrote or is called by."""

    id: str
    kind: int
    subject: str
    target: str
    source_id: str
    last_tried_at: datetime
    first_tried_at: datetime | None = None
    tries: int = 0
    reason: str = ""
    detail: str = ""
    trace_id: str = ""
    summary: Summary = field(default_factory=Summary)
    stuck: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a letter: one of `DEAD_LETTER_OUTCOME_*`, and why."""

    outcome: int
    reason: str = ""
    detail: str = ""


DONE = Result(DEAD_LETTER_OUTCOME_DONE)
ALREADY = Result(DEAD_LETTER_OUTCOME_ALREADY)
NOT_FOUND = Result(DEAD_LETTER_OUTCOME_NOT_FOUND)


def refused(reason: str) -> Result:
    """Answers that a letter cannot be tried again, and why."""
    return Result(DEAD_LETTER_OUTCOME_REFUSED, reason)


def failed(error: Exception) -> Result:
    """Answers that a letter failed again, and what the error said."""
    return Result(DEAD_LETTER_OUTCOME_FAILED, reason_of(repr(error)), said_by(repr(error)))


class Letters(Protocol):
    """One kind of what was given up. Every method but `count` works in the operator's own unit."""

    @property
    def kind(self) -> int:
        """One of `DEAD_LETTER_KIND_*`."""
        ...

    def count(self, connection: Connection) -> int:
        """Answers how many wait."""
        ...

    def page(self, unit: Unit, before: str | None, size: int) -> list[Letter]:
        """Answers so many at most, newest first by id, all with ids before one."""
        ...

    def replay(self, unit: Unit, letter_id: str) -> Result:
        """Tries one again; `NOT_FOUND` for an id of another kind. What it raises undoes it and leaves the letter as it was."""
        ...

    def note_failure(self, unit: Unit, letter_id: str, error: Exception) -> None:
        """Notes that a try failed, after what it did was undone."""
        ...

    def discard(self, unit: Unit, letter_id: str, reason: str) -> Result:
        """Puts one away for good."""
        ...


@dataclass(frozen=True)
class EventLetters:
    """Events that consumers of this service gave up."""

    service: str
    plumbing: Plumbing
    subscriptions: Sequence[On[Any]]
    kind: int = DEAD_LETTER_KIND_EVENT

    def count(self, connection: Connection) -> int:
        """Answers how many wait."""
        table = self.plumbing.dead_letters
        return int(connection.execute(select(func.count()).where(table.c.state == DEAD)).scalar_one())

    def page(self, unit: Unit, before: str | None, size: int) -> list[Letter]:
        """Answers so many at most, newest first."""
        table, consumers = self.plumbing.dead_letters, self._consumers()
        where = [table.c.state == DEAD, *([table.c.id < before] if before else [])]
        asked = select(table).where(*where).order_by(table.c.id.desc()).limit(size)
        return [_letter(row, stuck=row.consumer not in consumers) for row in unit.session.execute(asked)]

    def replay(self, unit: Unit, letter_id: str) -> Result:
        """Runs the consumer's action once more, in the service's own name."""
        row = self._row(unit, letter_id)
        if row is None:
            return NOT_FOUND
        on = self._consumers().get(row.consumer)
        if on is None and row.state == DEAD:
            return refused(CONSUMER_GONE)
        if on is None or not self._settled(unit, letter_id, REPLAYED):
            return ALREADY
        # Somebody may have sent it again meanwhile: then its effect is there.
        if not once(unit, row.consumer, row.event_id):
            return ALREADY
        on.action(replace(unit, actor=service_actor(self.service)), on.parse(bytes(row.payload)))
        return DONE

    def note_failure(self, unit: Unit, letter_id: str, error: Exception) -> None:
        """Counts the try."""
        table = self.plumbing.dead_letters
        tries = func.coalesce(table.c.tries, 0) + 1
        last = {"error": repr(error)[:1000], "tries": tries, "last_tried_at": unit.now()}
        unit.session.execute(update(table).where(table.c.id == letter_id, table.c.state == DEAD).values(**last))

    def discard(self, unit: Unit, letter_id: str, reason: str) -> Result:
        """Puts one away; should the broker send it again, it counts as handled."""
        row = self._row(unit, letter_id)
        if row is None:
            return NOT_FOUND
        if not self._settled(unit, letter_id, DISCARDED):
            return ALREADY
        unit.trace(FORM, letter_id, "reason", None, reason)
        once(unit, row.consumer, row.event_id)
        return DONE

    def _consumers(self) -> Mapping[str, On[Any]]:
        return {consumer_name(self.service, on.subject): on for on in self.subscriptions}

    def _row(self, unit: Unit, letter_id: str) -> Any:
        table = self.plumbing.dead_letters
        return unit.session.execute(select(table).where(table.c.id == letter_id)).first()

    def _settled(self, unit: Unit, letter_id: str, state: str) -> bool:
        """Ends a letter; of two who do it at once the second waits for the first and is told no."""
        table = self.plumbing.dead_letters
        waiting = (table.c.id == letter_id, table.c.state == DEAD)
        done: Any = unit.session.execute(update(table).where(*waiting).values(state=state, settled_at=unit.now()))
        if done.rowcount != 1:
            return False
        unit.trace(FORM, letter_id, "state", DEAD, state)
        return True


def _letter(row: Any, *, stuck: bool) -> Letter:
    summary = summary_of(row.headers or "", bytes(row.payload))
    return Letter(
        id=row.id,
        kind=DEAD_LETTER_KIND_EVENT,
        subject=row.subject,
        target=row.consumer,
        source_id=row.event_id,
        first_tried_at=row.first_tried_at,
        last_tried_at=row.last_tried_at or row.received_at,
        tries=row.tries or 0,
        reason=reason_of(row.error or ""),
        detail=said_by(row.error or ""),
        trace_id=trace_of(header_of(row.headers or "", "traceparent")),
        summary=summary,
        stuck=CONSUMER_GONE if stuck else "",
    )
