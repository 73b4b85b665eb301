"""Verify the chain of days: every entry, the joints between days, and what was published of them."""

from collections.abc import Mapping
from datetime import date

from chassis.database import Unit as Work
from support.domain.audit import DayHead, Verdict, Verifier, Witness, Wrong
from support.storage import audit_entries


def verify_day(work: Work, day: date, witness: Witness | None = None) -> Verdict:
    """Verify one day that is in the database."""
    last = audit_entries.last_day(work)
    if last is None or day >= last:
        # Nobody adds to the day meanwhile, so head and entries are of one moment. Closed days keep nobody waiting.
        audit_entries.lock_chain(work)
    head = audit_entries.day_head(work, day)
    if head is None:
        return _without_head(work, day, witness)
    verifier = Verifier(head, audit_entries.head_before(work, day), witness)
    for entry in audit_entries.entries_of(work, day):
        verifier.take(entry)
    return verifier.verdict()


def days_to_verify(work: Work, witnesses: Mapping[date, Witness]) -> list[tuple[date, DayHead | None]]:
    """Answer every day that the heads, the entries or what was published know of, oldest first."""
    heads = {head.day: head for head in audit_entries.day_heads(work)}
    days = sorted({*heads, *audit_entries.days_with_entries(work), *witnesses})
    return [(day, heads.get(day)) for day in days]


def head_of(work: Work, day: date) -> DayHead | None:
    """Answer what is kept of a day beside its entries."""
    return audit_entries.day_head(work, day)


def joint_before(work: Work, day: date) -> str:
    """Answer the hash that a day must follow."""
    return audit_entries.head_before(work, day)


def has_entries(work: Work, day: date) -> bool:
    """Tell whether the database has entries of a day."""
    return next(audit_entries.entries_of(work, day), None) is not None


def verify_end(work: Work) -> Verdict | None:
    """Verify that the chain ends where its end says; None when it does."""
    day, sequence, running = audit_entries.lock_chain(work)
    heads = audit_entries.day_heads(work)
    if day is None and not heads:
        return None
    last = heads[-1] if heads else None
    if last is None or day is None or last.day < day:
        return Verdict(day or (last.day if last else date.min), 0, 1, Wrong.TRUNCATED)
    if (last.day, last.entries, last.head) != (day, sequence, running):
        return Verdict(last.day, last.entries, min(last.entries, sequence) + 1, Wrong.TRUNCATED)
    return None


def _without_head(work: Work, day: date, witness: Witness | None) -> Verdict:
    count = sum(1 for _ in audit_entries.entries_of(work, day))
    if count or witness is not None:
        return Verdict(day, count, 1, Wrong.TRUNCATED)
    return Verdict(day, 0)
