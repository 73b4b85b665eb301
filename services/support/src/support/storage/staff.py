"""Staff as the administrator keeps them: those who left too, and what was changed of them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, true

from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.sql import pieces
from support.domain.organisation import Person, StaffState
from support.storage.organisation import found_by, open_to, people_of
from support.storage.staff_reach import FORM_STAFF, FORM_UNITS, WHOSE, record_within
from support.storage.tables import people, person_roles, person_units, plumbing

FORM_PAIRS = "support.pair"
FORM_STAND_INS = "support.stand_in"
_SEE = access_pb2.ACTION_SEE
_LOOK_BACK = 200


def list_members(
    work: Work, *, query: str, unit_id: str, position: str, states: Collection[StaffState], page: Page
) -> tuple[list[Person], int | None]:
    """Answer a page of staff, one more than asked for when there are more, and the total when wanted.

    Without states whoever has not left; by its state only somebody is found whose state is open to the caller.
    """
    wanted = states or (StaffState.ACTIVE, StaffState.SUSPENDED)
    conditions: list[ColumnElement[bool]] = [
        people.c.state.in_(sorted(str(state) for state in wanted)),
        *found_by(query, unit_id, position),
        *open_to(work, query, position),
        *([work.rows(FORM_STAFF, _SEE, WHOSE, "state")] if states else []),
        *_seen_and(work, access_pb2.ACTION_CHANGE),
    ]
    total = None
    if page.with_total:
        total = work.session.scalar(select(func.count()).select_from(people).where(*conditions))
    if page.after is not None:
        conditions.append(people.c.staff_number > str(page.after[0]))
    question = select(people).where(*conditions).order_by(people.c.staff_number).limit(page.size + 1)
    rows = work.session.execute(question).all()
    return list(people_of(work, rows, [row.id for row in rows]).values()), total


def exported(work: Work, unit_id: str, most: int) -> list[Person]:
    """Answer everybody the caller may take out who has not left, by staff number."""
    question = select(people).where(
        people.c.state != str(StaffState.LEFT),
        *found_by("", unit_id, ""),
        *_seen_and(work, access_pb2.ACTION_EXPORT),
    )
    rows = work.session.execute(question.order_by(people.c.staff_number).limit(most)).all()
    return list(people_of(work, rows, [row.id for row in rows]).values())


def member(work: Work, staff_number: str, action: int) -> Person | None:
    """Answer one person within the caller's reach, or None."""
    question = select(people).where(people.c.staff_number == staff_number, work.rows(FORM_STAFF, action, WHOSE))
    rows = work.session.execute(question).all()
    return people_of(work, rows, [row.id for row in rows]).get(staff_number)


def _seen_and(work: Work, action: int) -> tuple[ColumnElement[bool], ...]:
    """Answer the conditions on rows the caller sees and may do something with: a list never shows others."""
    return work.rows(FORM_STAFF, _SEE, WHOSE), work.rows(FORM_STAFF, action, WHOSE)


def due_people(work: Work, today: date) -> list[Person]:
    """Answer whoever's first or last day makes them somebody else today than the record says."""
    over = people.c.valid_to < today
    ended = (people.c.state != str(StaffState.LEFT)) & over
    rows = work.session.execute(select(people).where(or_(ended, _begins(today)))).all()
    return list(people_of(work, rows, [row.id for row in rows]).values())


def _begins(today: date) -> ColumnElement[bool]:
    waits = (people.c.state == str(StaffState.ACTIVE)) & (people.c.active == false())
    return waits & (people.c.valid_from <= today)


def active_holders(work: Work, position: str) -> set[str]:
    """Answer the staff numbers of those who hold a position and work today."""
    held = select(person_roles.c.person_id).where(person_roles.c.role == position)
    question = select(people.c.staff_number).where(people.c.active == true(), people.c.id.in_(held))
    return set(work.session.scalars(question))


def people_in(work: Work, unit_ids: Sequence[str]) -> list[Person]:
    """Answer who belongs to one of these units, whatever their state."""
    further = select(person_units.c.person_id).where(person_units.c.unit_id.in_(unit_ids))
    question = select(people).where(or_(people.c.unit_id.in_(unit_ids), people.c.id.in_(further)))
    rows = work.session.execute(question.order_by(people.c.staff_number)).all()
    return list(people_of(work, rows, [row.id for row in rows]).values())


def changed_since(work: Work, record_id: str, versions: int) -> dict[str, str]:
    """Answer what the last so many versions changed: `fields`, `by`, `at`. All changes of a version share one instant."""
    changes = plumbing.changes
    rows = work.session.execute(
        select(changes.c.field, changes.c.changed_at, changes.c.actor_name, changes.c.actor_id)
        .where(changes.c.record_id == record_id)
        .order_by(changes.c.changed_at.desc(), changes.c.id.desc())
        .limit(_LOOK_BACK)
    ).all()
    instants = list(dict.fromkeys(row.changed_at for row in rows))[:versions]
    missed = [row for row in rows if row.changed_at in instants]
    if not missed:
        return {}
    return {
        "fields": ",".join(dict.fromkeys(row.field for row in missed)),
        "by": ", ".join(dict.fromkeys(row.actor_name or row.actor_id for row in missed)),
        "at": missed[0].changed_at.isoformat(),
    }


def changes_page(
    work: Work, record_id: str, page: Page, unit_ids: Sequence[str]
) -> tuple[Sequence[Row[Any]], int | None]:
    """Answer changes of these units and of people within reach, newest first, one more when there are more."""
    changes = plumbing.changes
    conditions: list[ColumnElement[bool]] = [_within_reach(work, unit_ids)]
    if record_id:
        conditions.append(or_(changes.c.root_id == record_id, changes.c.record_id == record_id))
    total = None
    if page.with_total:
        total = work.session.scalar(select(func.count()).select_from(changes).where(*conditions))
    if page.after is not None:
        conditions.append(changes.c.id < str(page.after[0]))
    rows = work.session.execute(select(changes).where(*conditions).order_by(changes.c.id.desc()).limit(page.size + 1))
    return rows.all(), total


def _within_reach(work: Work, unit_ids: Sequence[str]) -> ColumnElement[bool]:
    """Answer the condition on changes of these units and of people the caller sees."""
    changes = plumbing.changes
    listed = or_(false(), *(changes.c.record_id.in_(some) for some in pieces(unit_ids)))
    about_people = changes.c.form.in_((FORM_STAFF, FORM_PAIRS, FORM_STAND_INS))
    return or_(and_(changes.c.form == FORM_UNITS, listed), and_(about_people, record_within(work, changes.c.root_id)))


def people_by_id(work: Work, ids: Collection[str]) -> dict[str, Person]:
    """Answer people by the ids of their records."""
    found: dict[str, Person] = {}
    for some in pieces(sorted(ids)):
        rows = work.session.execute(select(people).where(people.c.id.in_(some))).all()
        found |= {person.id: person for person in people_of(work, rows, [row.id for row in rows]).values()}
    return found
