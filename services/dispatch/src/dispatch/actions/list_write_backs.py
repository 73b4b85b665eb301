"""List write-backs, by state, newest first."""

from dataclasses import dataclass
from typing import Any

from chassis.database import Unit
from chassis.paging import Page
from dispatch.domain.words import Right
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


@dataclass(frozen=True)
class WriteBackList:
    """One page of write-backs."""

    rows: list[WriteBack]
    next_values: tuple[Any, ...] | None
    total: int | None


def list_write_backs(unit: Unit, state: str, page: Page) -> WriteBackList:
    """Answers a page of those in reach."""
    rows, total = write_backs.page_of(unit, state, Right.SEE, page)
    more = len(rows) > page.size
    rows = rows[: page.size]
    return WriteBackList(rows, (rows[-1].id,) if more else None, total)
