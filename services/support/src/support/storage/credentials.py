"""Credentials of people for older systems, sealed; nothing in here can open one."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, delete, false, func, insert, or_, select, true, update

from chassis.database import Unit as Work
from support.domain.organisation import StaffState
from support.storage.systems_tables import credentials, external_systems
from support.storage.tables import people


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored credential."""

    system_id: str
    system_code: str
    staff_number: str
    key_id: str
    sealed: bytes = field(repr=False)
    working: bool
    version: int


_QUESTION = select(credentials, external_systems.c.code).join(
    external_systems, external_systems.c.id == credentials.c.system_id
)


def _its(system_id: str, staff_number: str) -> ColumnElement[bool]:
    return and_(credentials.c.system_id == system_id, credentials.c.staff_number == staff_number)


def find(work: Work, system_id: str, staff_number: str) -> Kept | None:
    """Answer what a person stored for a system, or None."""
    found = _read(work, _its(system_id, staff_number))
    return found[0] if found else None


def systems_ready(work: Work, staff_number: str) -> set[str]:
    """Answer the ids of the systems for which the person has a credential that worked the last time."""
    question = select(credentials.c.system_id).where(
        credentials.c.staff_number == staff_number, credentials.c.working == true()
    )
    return set(work.session.execute(question).scalars())


def put(work: Work, system_id: str, staff_number: str, key_id: str, sealed: bytes) -> None:
    """Store a credential in place of the one before; until it is turned away it counts as working."""
    before = work.session.execute(
        select(credentials.c.version).where(_its(system_id, staff_number)).with_for_update()
    ).scalar()
    values = {"key_id": key_id, "sealed": sealed, "working": True, "stored_at": work.now()}
    if before is None:
        key = {"system_id": system_id, "staff_number": staff_number}
        work.session.execute(insert(credentials).values(version=1, **key, **values))
    else:
        change = update(credentials).where(_its(system_id, staff_number)).values(version=before + 1, **values)
        work.session.execute(change)


def mark_refused(work: Work, system_id: str, staff_number: str, version: int) -> None:
    """Note that a credential was turned away, unless the person has entered another one meanwhile."""
    work.session.execute(
        update(credentials)
        .where(_its(system_id, staff_number), credentials.c.version == version)
        .values(working=false())
    )


def forget(work: Work, system_id: str, staff_number: str) -> bool:
    """Delete what a person stored for a system; tell whether there was something."""
    return _delete(work, _its(system_id, staff_number)) > 0


def forget_system(work: Work, system_id: str) -> int:
    """Delete what anybody stored for a system; answer how many."""
    return _delete(work, credentials.c.system_id == system_id)


def forget_person(work: Work, staff_number: str) -> int:
    """Delete everything a person stored; answer how many."""
    return _delete(work, credentials.c.staff_number == staff_number)


def forget_people_who_left(work: Work, today: date) -> int:
    """Delete what is stored for people whom the branch no longer has; answer how many."""
    stays = and_(people.c.state != str(StaffState.LEFT), or_(people.c.valid_to.is_(None), people.c.valid_to >= today))
    here = select(people.c.staff_number).where(stays)
    return _delete(work, credentials.c.staff_number.not_in(here))


def sealed_otherwise(work: Work, key_id: str, at_most: int) -> list[Kept]:
    """Answer credentials sealed with another key."""
    return _read(work, credentials.c.key_id != key_id, at_most)


def reseal(work: Work, kept: Kept, key_id: str, sealed: bytes) -> None:
    """Write the new seal of a credential that nobody has changed since it was read."""
    same = and_(_its(kept.system_id, kept.staff_number), credentials.c.version == kept.version)
    work.session.execute(update(credentials).where(same).values(key_id=key_id, sealed=sealed))


def _delete(work: Work, condition: ColumnElement[bool]) -> int:
    found = work.session.execute(select(func.count()).select_from(credentials).where(condition)).scalar_one()
    if found:
        work.session.execute(delete(credentials).where(condition))
    return found


def _read(work: Work, condition: ColumnElement[bool], at_most: int = 1) -> list[Kept]:
    ordered = _QUESTION.where(condition).order_by(credentials.c.system_id, credentials.c.staff_number).limit(at_most)
    return [
        Kept(
            system_id=row.system_id,
            system_code=row.code,
            staff_number=row.staff_number,
            key_id=row.key_id,
            sealed=row.sealed,
            working=row.working,
            version=row.version,
        )
        for row in work.session.execute(ordered)
    ]
