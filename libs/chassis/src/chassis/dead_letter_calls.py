"""Answers `crm.operations.v1.DeadLetterService` for one service: each letter in a transaction of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from crm.common.v1 import page_pb2
from crm.operations.v1 import dead_letters_pb2 as pb
from crm.operations.v1 import dead_letters_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from chassis.database import Database, Unit
from chassis.dead_letters import NOT_FOUND, Letter, Letters, Result, failed
from chassis.errors import InvalidField
from chassis.identity import caller
from chassis.ids import is_id
from chassis.paging import Page, encode_cursor, read_page

log = structlog.get_logger()
Context = ServicerContext[Any, Any]
MOST = 50
LONGEST_REASON = 200


@dataclass
class DeadLetterServicer(dead_letters_pb2_grpc.DeadLetterServiceServicer):
    """Lists, tries again and puts away what a service gave up, whatever kind it is."""

    database: Database
    kinds: Sequence[Letters]

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, context: Context) -> pb.ListDeadLettersResponse:
        """Lists what waits for an operator, newest first."""
        wanted = [each for each in self.kinds if request.kind in (0, each.kind)]
        page = read_page(request.page)
        letters, total = await self.database.read(caller(), _listed, wanted, page, _after(page))
        more = len(letters) > page.size
        letters = letters[: page.size]
        following = encode_cursor((letters[-1].id,)) if more else ""
        return pb.ListDeadLettersResponse(
            letters=[_packed(letter) for letter in letters],
            page=page_pb2.PageInfo(next_cursor=following, total=total),
        )

    async def ReplayDeadLetters(
        self, request: pb.ReplayDeadLettersRequest, context: Context
    ) -> pb.ReplayDeadLettersResponse:
        """Tries letters again, one after the other; one that fails stays and stops no other."""
        results = [await self._replayed(letter_id) for letter_id in _ids(request.ids)]
        return pb.ReplayDeadLettersResponse(results=results)

    async def DiscardDeadLetters(
        self, request: pb.DiscardDeadLettersRequest, context: Context
    ) -> pb.DiscardDeadLettersResponse:
        """Puts letters away for good."""
        reason = request.reason.strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise InvalidField("reason", "REASON_MISSING", maximum=str(LONGEST_REASON))
        results = [await self._discarded(letter_id, reason) for letter_id in _ids(request.ids)]
        return pb.DiscardDeadLettersResponse(results=results)

    async def _replayed(self, letter_id: str) -> pb.DeadLetterResult:
        for kind in self.kinds:
            try:
                result = await self.database.run(caller(), kind.replay, letter_id)
            except Exception as error:
                if getattr(error, "kind", "") == "unavailable":
                    # Nothing is wrong with the letter: whoever asked is told to come back.
                    raise
                log.warning("a dead letter failed again", id=letter_id, error=repr(error))
                await self.database.run(caller(), kind.note_failure, letter_id, error)
                return _told(letter_id, failed(error), "replay")
            if result is not NOT_FOUND:
                return _told(letter_id, result, "replay")
        return _told(letter_id, NOT_FOUND, "replay")

    async def _discarded(self, letter_id: str, reason: str) -> pb.DeadLetterResult:
        for kind in self.kinds:
            result = await self.database.run(caller(), kind.discard, letter_id, reason)
            if result is not NOT_FOUND:
                return _told(letter_id, result, "discard")
        return _told(letter_id, NOT_FOUND, "discard")


def counting(kinds: Sequence[Letters]) -> Callable[[Any], int]:
    """Answers what tells how many letters of these kinds wait, on a connection."""
    return lambda connection: sum(each.count(connection) for each in kinds)


def _listed(unit: Unit, kinds: Sequence[Letters], page: Page, before: str | None) -> tuple[list[Letter], int | None]:
    """Answers a page and one more where there is more. Ids of all kinds rise with time, so that they can be put in one row."""
    found = [letter for kind in kinds for letter in kind.page(unit, before, page.size + 1)]
    found.sort(key=lambda letter: letter.id, reverse=True)
    total = sum(kind.count(unit.connection()) for kind in kinds) if page.with_total else None
    return found[: page.size + 1], total


def _after(page: Page) -> str | None:
    if page.after is None:
        return None
    if len(page.after) != 1 or not is_id(page.after[0]):
        raise InvalidField("page.cursor", "CURSOR_INVALID")
    return str(page.after[0])


def _ids(ids: Sequence[str]) -> list[str]:
    if not 1 <= len(ids) <= MOST:
        raise InvalidField("ids", "OUT_OF_RANGE", minimum="1", maximum=str(MOST))
    if not all(is_id(each) for each in ids):
        raise InvalidField("ids", "ID_INVALID")
    return list(dict.fromkeys(ids))


def _told(letter_id: str, result: Result, what: str) -> pb.DeadLetterResult:
    outcome = pb.DeadLetterOutcome.Name(result.outcome)  # type: ignore[arg-type]  # enum number
    actor = caller()
    log.info("dead letter", what=what, id=letter_id, outcome=outcome, reason=result.reason, by=actor.id)
    return pb.DeadLetterResult(
        id=letter_id,
        outcome=result.outcome,  # type: ignore[arg-type]  # enum number
        reason=result.reason,
        detail=result.detail,
    )


def _packed(letter: Letter) -> pb.DeadLetter:
    return pb.DeadLetter(
        id=letter.id,
        kind=letter.kind,  # type: ignore[arg-type]  # enum number
        subject=letter.subject,
        target=letter.target,
        source_id=letter.source_id,
        first_tried_at=_moment(letter.first_tried_at),
        last_tried_at=_moment(letter.last_tried_at),
        tries=letter.tries,
        reason=letter.reason,
        detail=letter.detail,
        trace_id=letter.trace_id,
        ids=letter.summary.ids,
        fields=letter.summary.fields,
        size=letter.summary.size,
        stuck=letter.stuck,
    )


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
