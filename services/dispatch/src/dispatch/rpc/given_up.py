"""Write-backs that were given up, as letters an operator finds beside the events nobody could take."""

from collections.abc import Collection
from dataclasses import dataclass

from crm.operations.v1.dead_letters_pb2 import DEAD_LETTER_KIND_WRITE_BACK
from sqlalchemy import Connection

from chassis.database import Unit
from chassis.dead_letter_words import Summary, trace_of
from chassis.dead_letters import ALREADY, DONE, NOT_FOUND, Letter, Result, refused
from dispatch.actions.discard_write_back import discard_write_back
from dispatch.actions.retry_write_back import send_again
from dispatch.domain.errors import WriteBackNotAddressed, WriteBackNotFailed, WriteBackOvertaken
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


@dataclass(frozen=True)
class GivenUp:
    """Given-up write-backs; `systems` are those we know an address of."""

    systems: Collection[str]
    kind: int = DEAD_LETTER_KIND_WRITE_BACK

    def count(self, connection: Connection) -> int:
        """Answers how many wait."""
        return write_backs.count_given_up(connection)

    def page(self, unit: Unit, before: str | None, size: int) -> list[Letter]:
        """Answers so many at most, newest first."""
        return [self._letter(unit, found) for found in write_backs.given_up(unit, before, size)]

    def replay(self, unit: Unit, letter_id: str) -> Result:
        """Puts one into the queue again; the worker sends it in the order of its task."""
        found = write_backs.locked(unit, letter_id)
        if found is None:
            return NOT_FOUND
        try:
            send_again(unit, found, self.systems)
        except WriteBackNotFailed:
            return ALREADY
        except (WriteBackNotAddressed, WriteBackOvertaken) as why:
            return refused(why.reason)
        return DONE

    def note_failure(self, unit: Unit, letter_id: str, error: Exception) -> None:
        """Notes nothing: what the older system answers is noted by whoever sends."""
        del unit, letter_id, error

    def discard(self, unit: Unit, letter_id: str, reason: str) -> Result:
        """Puts one away for good."""
        found = write_backs.locked(unit, letter_id)
        if found is None:
            return NOT_FOUND
        try:
            discard_write_back(unit, found, reason)
        except WriteBackNotFailed:
            return ALREADY
        return DONE

    def _letter(self, unit: Unit, found: WriteBack) -> Letter:
        stuck = found.stuck(addressed=found.system in self.systems, overtaken=write_backs.overtaken(unit, found))
        return Letter(
            id=found.id,
            kind=DEAD_LETTER_KIND_WRITE_BACK,
            subject=found.outcome,
            target=found.system,
            source_id=found.external_id,
            first_tried_at=found.started_at,
            last_tried_at=found.tried_at or found.started_at,
            tries=found.attempts,
            reason=found.last_error or "",
            trace_id=trace_of(found.traceparent or ""),
            summary=Summary({"task_id": found.task_id}, (), len(found.body_json.encode())),
            stuck=stuck.reason if stuck else "",
        )
