"""Which accounts must be looked at, and what was found wrong with them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, false, func, insert, or_, select, true, update

from chassis import sql
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.sql import pieces
from support.domain.accounts import AccountChange, Drift
from support.storage.organisation_tables import account_changes, account_drift, account_sweeps

_SWEEP = 1
_KEPT = timedelta(days=30)
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference that was found, as it is kept."""

    id: str
    staff_number: str
    what: str
    repaired: bool
    found_at: datetime
    detail: str


def ask(work: Work, numbers: Iterable[str], *, log_out: bool = False, credential: str = "") -> None:
    """Let the accounts of these people be brought in step, in the transaction of the change."""
    rows = [
        {
            "id": work.new_id(),
            "staff_number": number,
            "credential": credential or None,
            "log_out": log_out,
            "waiting": True,
            "attempts": 0,
            "asked_at": work.now(),
            "next_at": work.now(),
        }
        for number in sorted(set(numbers))
    ]
    if rows:
        work.session.execute(insert(account_changes), rows)


def waiting(work: Work, numbers: Sequence[str]) -> set[str]:
    """Answer whose account waits for a change."""
    found: set[str] = set()
    for some in pieces(numbers):
        question = select(account_changes.c.staff_number).where(
            account_changes.c.staff_number.in_(some), account_changes.c.waiting == true()
        )
        found |= set(work.session.scalars(question))
    return found


def claim(work: Work, most: int, lease: timedelta) -> list[AccountChange]:
    """Take changes whose turn has come, oldest first; nobody else takes them before the lease ends."""
    table = account_changes.c
    # No pause and no lease is longer than the one: the clock was set back, and nobody waits for it to catch up.
    due = (table.waiting == true(), or_(table.next_at <= work.now(), table.next_at > work.now() + _LONGEST))
    question = select(account_changes).where(*due).order_by(table.next_at, table.id).limit(most)
    found = {row.id: row for row in work.session.execute(question)}
    mine = sql.claim(work.session, account_changes, list(found), due, {"next_at": work.now() + lease})
    return [
        AccountChange(row.id, row.staff_number, row.credential or "", row.log_out, row.attempts)
        for row in (found[each] for each in mine)
    ]


def done(work: Work, ids: Sequence[str]) -> None:
    """Note that accounts are as they should be; a first password is forgotten here."""
    for some in pieces(ids):
        work.session.execute(
            update(account_changes)
            .where(account_changes.c.id.in_(some))
            .values(waiting=false(), done_at=work.now(), credential=None, last_error=None)
        )
    work.session.execute(
        delete(account_changes).where(
            account_changes.c.waiting == false(), account_changes.c.done_at < work.now() - _KEPT
        )
    )


def failed(work: Work, change: AccountChange, error: str, pause: timedelta) -> None:
    """Let a change wait before it is tried again."""
    work.session.execute(
        update(account_changes)
        .where(account_changes.c.id == change.id)
        .values(attempts=change.attempts + 1, next_at=work.now() + pause, last_error=error[:200])
    )


def note_sweep(work: Work, found: Collection[Drift], compared: int) -> None:
    """Keep what a sweep found: each open difference once, and those that are gone as settled."""
    table = account_drift.c
    rows = work.session.execute(select(account_drift).where(table.repaired == false())).all()
    still = {(drift.staff_number, drift.what) for drift in found if not drift.repaired}
    known = {(row.staff_number, row.what) for row in rows}
    gone = [row.id for row in rows if (row.staff_number, row.what) not in still]
    for some in pieces(gone):
        work.session.execute(update(account_drift).where(table.id.in_(some)).values(repaired=true()))
    new = [drift for drift in found if drift.repaired or (drift.staff_number, drift.what) not in known]
    if new:
        work.session.execute(insert(account_drift), [_row(work, drift) for drift in new])
    values = {"swept_at": work.now(), "compared": compared}
    if swept_at(work) is None:
        work.session.execute(insert(account_sweeps).values(id=_SWEEP, **values))
    else:
        work.session.execute(update(account_sweeps).where(account_sweeps.c.id == _SWEEP).values(**values))


def _row(work: Work, drift: Drift) -> dict[str, object]:
    return {
        "id": work.new_id(),
        "staff_number": drift.staff_number[:64],
        "what": drift.what,
        "repaired": drift.repaired,
        "found_at": work.now(),
        "detail": drift.detail[:500] or None,
    }


def swept_at(work: Work) -> datetime | None:
    """Answer when accounts were last compared."""
    return work.session.scalar(select(account_sweeps.c.swept_at).where(account_sweeps.c.id == _SWEEP))


def list_drift(work: Work, page: Page) -> tuple[list[Finding], int | None]:
    """Answer a page of what was found, newest first, one more than asked for when there are more."""
    total = work.session.scalar(select(func.count()).select_from(account_drift)) if page.with_total else None
    question = select(account_drift).order_by(account_drift.c.id.desc()).limit(page.size + 1)
    if page.after is not None:
        question = question.where(account_drift.c.id < str(page.after[0]))
    rows = work.session.execute(question)
    return [
        Finding(row.id, row.staff_number, row.what, row.repaired, row.found_at, row.detail or "") for row in rows
    ], total
