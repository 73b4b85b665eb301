"""What the keeper of accounts needs of the database: changes that wait, people to compare, what a sweep found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.accounts import AccountChange, Drift
from support.domain.organisation import Person
from support.storage import accounts, organisation


@dataclass(frozen=True, slots=True)
class Compared:
    """Everybody's number, and those people whose accounts should be as they are."""

    numbers: frozenset[str]
    settled: dict[str, Person]


def claim_changes(work: Work, most: int, lease: timedelta) -> list[AccountChange]:
    """Take changes whose turn has come."""
    return accounts.claim(work, most, lease)


def people_of_changes(work: Work, numbers: Sequence[str]) -> dict[str, Person]:
    """Answer the people whose accounts are changed, as they are now."""
    return organisation.people_by_number(work, numbers)


def settle_changes(work: Work, ids: Sequence[str]) -> None:
    """Note what is done."""
    accounts.done(work, ids)


def put_off(work: Work, change: AccountChange, error: str, pause: timedelta) -> None:
    """Let a change wait."""
    accounts.failed(work, change, error, pause)


def people_to_compare(work: Work) -> Compared:
    """Answer whose accounts a sweep compares: of those with a change on its way it says nothing."""
    people = organisation.people_by_number(work)
    busy = accounts.waiting(work, list(people))
    settled = {number: person for number, person in people.items() if number not in busy}
    return Compared(frozenset(people), settled)


def note_sweep(work: Work, found: Sequence[Drift], compared: int) -> None:
    """Keep what a sweep found."""
    accounts.note_sweep(work, found, compared)


def list_drift(work: Work, page: Page) -> tuple[list[accounts.Finding], int | None, datetime | None]:
    """Answer a page of differences, newest first, and when accounts were last compared."""
    found, total = accounts.list_drift(work, page)
    return found, total, accounts.swept_at(work)
