"""People are written in one place: record, history, published document and account go together."""

import dataclasses
from collections.abc import Collection, Sequence
from datetime import date
from typing import cast

from chassis.database import Unit as Work
from support.domain.errors import StaffRefused
from support.domain.organisation import Person, StaffState, Unit
from support.domain.organisation_events import Doer, WorkHandedOver
from support.domain.staff import ADMINISTRATOR
from support.storage import accounts, credentials, organisation, pairs, staff
from support.storage.documents import PAIRS, PERSON, mark_changed

Changed = tuple[Person, Person]
# What the history calls them: as the contract does.
_NAMES = {"also": "also_unit_ids", "roles": "positions"}
_UNTRACED = frozenset({"version", "active"})


def write_people(
    work: Work, new: Sequence[Person], changed: Sequence[Changed], cause: str = "", credential: str = ""
) -> None:
    """Add and change people with everything that follows; who may no longer work is signed out.

    `credential` is the hash of the new people's first password.
    """
    organisation.write_people(work, new, [after for _, after in changed])
    for person in new:
        work.trace(staff.FORM_STAFF, person.id, "*", None, person.staff_number, cause=cause)
    for before, after in changed:
        trace_fields(work, staff.FORM_STAFF, before, after, cause)
    _keep_accounts(work, new, changed, credential)
    mark_changed(work, [PERSON + person.staff_number for person in (*new, *(after for _, after in changed))])
    _let_go(work, [after for before, after in changed if _left(before, after)], cause)
    if any(ADMINISTRATOR in before.roles and before.active for before, _ in changed):
        _keep_an_administrator(work)


def next_version(before: Person, after: Person) -> Changed | None:
    """Answer the change under its next version, or None when it changes nothing."""
    if before == after:
        return None
    return before, dataclasses.replace(after, version=before.version + 1)


def hand_over(
    work: Work, giver: str, taker: str, communities: Collection[str], cause: str, by: Doer | None = None
) -> None:
    """Announce that customers and open tasks go to somebody else; who keeps them follows."""
    actor = work.actor
    by = by or Doer(actor.kind, actor.id, actor.name, actor.ip)
    work.record(WorkHandedOver(giver, taker, tuple(sorted(communities)), by, work.now(), cause))


def trace_fields(work: Work, form: str, before: Unit | Person, after: Unit | Person, cause: str) -> None:
    """Record every field that is another one now."""
    for field in dataclasses.fields(before):
        old, new = _text(getattr(before, field.name)), _text(getattr(after, field.name))
        if old != new and field.name not in _UNTRACED:
            work.trace(form, before.id, _NAMES.get(field.name, field.name), old, new, cause=cause)


def _keep_accounts(work: Work, new: Sequence[Person], changed: Sequence[Changed], credential: str) -> None:
    ended = [after.staff_number for before, after in changed if before.active and not after.active]
    others = [
        after.staff_number for before, after in changed if _account(before) != _account(after) and _stays(before, after)
    ]
    accounts.ask(work, ended, log_out=True)
    accounts.ask(work, (person.staff_number for person in new), credential=credential)
    accounts.ask(work, others)


def _account(person: Person) -> tuple[str, bool, tuple[str, ...]]:
    return person.name, person.active, person.roles


def _stays(before: Person, after: Person) -> bool:
    return after.active or not before.active


def _left(before: Person, after: Person) -> bool:
    return after.state == StaffState.LEFT and before.state != StaffState.LEFT


def _let_go(work: Work, people: Sequence[Person], cause: str) -> None:
    """Who leaves is in no pair, stands in for nobody, and leaves no password for an older system behind."""
    if not people:
        return
    last = {person.staff_number: person.valid_to or work.now().date() for person in people}
    for staff_number in last:
        credentials.forget_person(work, staff_number)
    for pair in pairs.pairs_of(work, last):
        end = min(last[number] for number in (pair.seat_number, pair.manager_number) if number in last)
        if pair.valid_to is None or pair.valid_to > end:
            after = dataclasses.replace(pair, valid_to=max(end, pair.valid_from))
            pairs.write_pair(work, after, new=False)
            old = pair.valid_to.isoformat() if pair.valid_to else None
            work.trace(staff.FORM_PAIRS, pair.id, "valid_to", old, str(after.valid_to), cause=cause)
            mark_changed(work, [PAIRS])
    for period in pairs.stand_ins_of(work, last):
        end = min(last[number] for number in (period.absent_number, period.stand_in_number) if number in last)
        if not period.cancelled and period.valid_to > end:
            pairs.write_stand_in(work, dataclasses.replace(period, cancelled=True), new=False)
            work.trace(staff.FORM_STAND_INS, period.id, "cancelled", "false", "true", cause=cause)
            mark_changed(work, [PERSON + period.stand_in_number])


def _keep_an_administrator(work: Work) -> None:
    if not staff.active_holders(work, ADMINISTRATOR):
        raise StaffRefused("LAST_ADMINISTRATOR")


def _text(value: object) -> str | None:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in cast("tuple[object, ...]", value)) or None
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value) or None
