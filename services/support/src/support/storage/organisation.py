"""Questions and writes about units and people: set-based, a constant number of statements however many rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, func, insert, or_, select, true, update
from sqlalchemy.orm.exc import StaleDataError

from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.sql import pieces
from support.domain.organisation import Person, StaffState, Unit, UnitKind
from support.readings import readings
from support.storage.staff_reach import FORM_STAFF, WHOSE
from support.storage.tables import people, person_roles, person_units, units


def all_units(work: Work) -> dict[str, Unit]:
    """Answer every unit by its id."""
    rows = work.session.execute(select(units))
    return {
        row.id: Unit(row.id, row.code, row.name, UnitKind(row.kind), row.parent_id, row.valid_from, row.valid_to)
        for row in rows
    }


def people_by_number(work: Work, numbers: Sequence[str] | None = None) -> dict[str, Person]:
    """Answer people by staff number: these, or everybody."""
    if numbers is None:
        return people_of(work, work.session.execute(select(people).order_by(people.c.staff_number)).all(), None)
    found: dict[str, Person] = {}
    for some in pieces(sorted(set(numbers))):
        rows = work.session.execute(select(people).where(people.c.staff_number.in_(some))).all()
        found |= people_of(work, rows, [row.id for row in rows])
    return found


def lock_people(work: Work) -> None:
    """Take turns with others who arrange people: the branch's own row is the token."""
    work.session.execute(select(units.c.id).where(units.c.kind == str(UnitKind.BRANCH)).with_for_update())


def number_taken(work: Work, staff_number: str) -> bool:
    """Tell whether somebody has this number; Keycloak does not tell capital letters from small ones."""
    question = select(people.c.id).where(func.lower(people.c.staff_number) == staff_number.lower())
    return work.session.execute(question).first() is not None


def list_people(work: Work, *, query: str, unit_id: str, role: str, page: Page) -> tuple[list[Person], int | None]:
    """Answer a page of active people, one more than asked for when there are more, and the total when wanted."""
    conditions = [people.c.active == true(), *found_by(query, unit_id, role), *open_to(work, query, role)]
    conditions.append(work.rows(FORM_STAFF, access_pb2.ACTION_SEE, WHOSE))
    total = None
    if page.with_total:
        total = work.session.execute(select(func.count()).select_from(people).where(*conditions)).scalar_one()
    if page.after is not None:
        conditions.append(people.c.staff_number > str(page.after[0]))
    rows = work.session.execute(
        select(people).where(*conditions).order_by(people.c.staff_number).limit(page.size + 1)
    ).all()
    return list(people_of(work, rows, [row.id for row in rows]).values()), total


def open_to(work: Work, query: str, role: str) -> list[ColumnElement[bool]]:
    """Answer the conditions on people whose columns that are looked for are open: who finds by a value knows the value."""
    wanted = [column for column, said in (("name", query), ("positions", role)) if said]
    return [
        or_(
            work.rows(FORM_STAFF, access_pb2.ACTION_SEE, WHOSE, column),
            func.lower(people.c.staff_number) == query.casefold(),
        )
        if column == "name"
        else work.rows(FORM_STAFF, access_pb2.ACTION_SEE, WHOSE, column)
        for column in wanted
    ]


def found_by(query: str, unit_id: str, role: str) -> list[ColumnElement[bool]]:
    """Answer the conditions on people by a piece of name, sound or number, by unit with those below it, and by role."""
    found: list[ColumnElement[bool]] = []
    if query:
        found.append(
            or_(
                people.c.name.contains(query, autoescape=True),
                people.c.readings.contains(query.casefold(), autoescape=True),
                func.lower(people.c.staff_number).contains(query.casefold(), autoescape=True),
            )
        )
    if unit_id:
        # The tree is three deep: the unit itself, what lies below it, and what lies below that.
        lower = units.alias("lower_units")
        above = select(lower.c.id).where(lower.c.parent_id == unit_id)
        below = select(units.c.id).where(
            or_(units.c.id == unit_id, units.c.parent_id == unit_id, units.c.parent_id.in_(above))
        )
        further = select(person_units.c.person_id).where(person_units.c.unit_id.in_(below))
        found.append(or_(people.c.unit_id.in_(below), people.c.id.in_(further)))
    if role:
        found.append(people.c.id.in_(select(person_roles.c.person_id).where(person_roles.c.role == role)))
    return found


def people_of(work: Work, rows: Sequence[Row[Any]], ids: Sequence[str] | None) -> dict[str, Person]:
    """Make people of their rows, by staff number; `ids` are theirs, None for everybody's."""
    also = _gathered(work, person_units.c.person_id, person_units.c.unit_id, ids)
    roles = _gathered(work, person_roles.c.person_id, person_roles.c.role, ids)
    found: dict[str, Person] = {}
    for row in rows:
        found[row.staff_number] = Person(
            id=row.id,
            staff_number=row.staff_number,
            name=row.name,
            phone=row.phone or "",
            unit_id=row.unit_id,
            also=tuple(sorted(also[row.id])),
            roles=tuple(sorted(roles[row.id])),
            active=row.active,
            version=row.version,
            state=StaffState(row.state),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            successor=row.successor or "",
        )
    return found


def _gathered(
    work: Work, key: ColumnElement[str], value: ColumnElement[str], ids: Sequence[str] | None
) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    parts: Iterable[Sequence[str] | None] = [None] if ids is None else pieces(ids)
    for some in parts:
        question = select(key, value) if some is None else select(key, value).where(key.in_(some))
        for owner, item in work.session.execute(question):
            found[owner].append(item)
    return found


def write_units(work: Work, new: Sequence[Unit], changed: Sequence[Unit]) -> None:
    """Add and change units."""
    if new:
        work.session.execute(insert(units), [_unit_values(unit) for unit in new])
    if changed:
        work.session.execute(
            update(units)
            .where(units.c.id == bindparam("its_id"))
            .values(name=bindparam("its_name"), parent_id=bindparam("its_parent"), valid_to=bindparam("its_end")),
            [
                {"its_id": unit.id, "its_name": unit.name, "its_parent": unit.parent_id, "its_end": unit.valid_to}
                for unit in changed
            ],
        )


def write_people(work: Work, new: Sequence[Person], changed: Sequence[Person]) -> None:
    """Add and change people with their further units and roles. Raises `StaleDataError` when somebody was quicker."""
    if new:
        work.session.execute(insert(people), [_person_values(person) for person in new])
    if changed:
        _change_people(work, changed)
        for some in pieces([person.id for person in changed]):
            work.session.execute(delete(person_units).where(person_units.c.person_id.in_(some)))
            work.session.execute(delete(person_roles).where(person_roles.c.person_id.in_(some)))
    written = [*new, *changed]
    _insert(
        work, person_units, [{"person_id": person.id, "unit_id": unit} for person in written for unit in person.also]
    )
    _insert(work, person_roles, [{"person_id": person.id, "role": role} for person in written for role in person.roles])


def _change_people(work: Work, changed: Sequence[Person]) -> None:
    columns = [column for column in people.c if column.name not in {"id", "staff_number"}]
    rows = [_person_values(person) for person in changed]
    done = work.session.connection().execute(
        update(people)
        .where(people.c.id == bindparam("its_id"), people.c.version == bindparam("its_version") - 1)
        .values({column.name: bindparam(f"its_{column.name}", type_=column.type) for column in columns}),
        [{f"its_{name}": value for name, value in row.items() if name != "staff_number"} for row in rows],
        execution_options={"preserve_rowcount": True},
    )
    if done.rowcount != len(rows):
        raise StaleDataError("a person was changed meanwhile")


def _insert(work: Work, table: Table, rows: list[dict[str, str]]) -> None:
    if rows:
        work.session.execute(insert(table), rows)


def _unit_values(unit: Unit) -> dict[str, object]:
    return {
        "id": unit.id,
        "code": unit.code,
        "name": unit.name,
        "kind": str(unit.kind),
        "parent_id": unit.parent_id,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
    }


def _person_values(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "staff_number": person.staff_number,
        "name": person.name,
        "readings": readings(person.name),
        "phone": person.phone or None,
        "unit_id": person.unit_id,
        "active": person.active,
        "valid_from": person.valid_from,
        "valid_to": person.valid_to,
        "version": person.version,
        "state": str(person.state),
        "successor": person.successor or None,
    }
