"""Pairs and stand-ins."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, false, insert, or_, select, update

from chassis.database import Unit as Work
from support.domain.pairs import Pair, StandIn
from support.storage.organisation_tables import pairs, stand_ins
from support.storage.staff_reach import person_within


def list_pairs(work: Work, staff_number: str, ended_before: date | None) -> list[Pair]:
    """Answer pairs within reach, by seat manager; those that ended before a day are left out when one is given."""
    columns = (pairs.c.seat_number, pairs.c.manager_number)
    conditions = _within(work, columns, staff_number)
    if ended_before is not None:
        conditions.append(or_(pairs.c.valid_to.is_(None), pairs.c.valid_to >= ended_before))
    question = select(pairs).where(*conditions)
    return [_pair(row) for row in work.session.execute(question.order_by(*columns, pairs.c.valid_from, pairs.c.id))]


def pairs_on(work: Work, day: date) -> list[Pair]:
    """Answer the pairs in force on a day."""
    question = select(pairs).where(pairs.c.valid_from <= day, or_(pairs.c.valid_to.is_(None), pairs.c.valid_to >= day))
    rows = work.session.execute(question.order_by(pairs.c.seat_number, pairs.c.manager_number, pairs.c.id))
    return [_pair(row) for row in rows]


def pairs_turning(work: Work, day: date) -> bool:
    """Tell whether a pair begins on a day, or ended on the one before: the published pairs are others then."""
    rows = work.session.execute(select(pairs.c.valid_from, pairs.c.valid_to))
    return any(row.valid_from == day or (row.valid_to is not None and (day - row.valid_to).days == 1) for row in rows)


def pairs_of(work: Work, numbers: Iterable[str]) -> list[Pair]:
    """Answer every pair of these people."""
    wanted = sorted(numbers)
    question = select(pairs).where(or_(pairs.c.seat_number.in_(wanted), pairs.c.manager_number.in_(wanted)))
    return [_pair(row) for row in work.session.execute(question.order_by(pairs.c.id))]


def pair(work: Work, pair_id: str) -> Pair | None:
    """Answer one pair."""
    row = work.session.execute(select(pairs).where(pairs.c.id == pair_id)).first()
    return _pair(row) if row else None


def write_pair(work: Work, found: Pair, *, new: bool) -> None:
    """Add or change a pair."""
    _write(
        work,
        pairs,
        {
            "id": found.id,
            "seat_number": found.seat_number,
            "manager_number": found.manager_number,
            "valid_from": found.valid_from,
            "valid_to": found.valid_to,
        },
        new=new,
    )


def list_stand_ins(work: Work, staff_number: str) -> list[StandIn]:
    """Answer stand-ins within reach, newest first."""
    conditions = _within(work, (stand_ins.c.absent_number, stand_ins.c.stand_in_number), staff_number)
    question = select(stand_ins).where(*conditions)
    rows = work.session.execute(question.order_by(stand_ins.c.valid_from.desc(), stand_ins.c.id.desc()))
    return [_stand_in(row) for row in rows]


def stand_ins_from(work: Work, day: date) -> list[StandIn]:
    """Answer the stand-ins that hold and have not ended before a day."""
    question = select(stand_ins).where(stand_ins.c.valid_to >= day, stand_ins.c.cancelled == false())
    return [_stand_in(row) for row in work.session.execute(question.order_by(stand_ins.c.valid_from, stand_ins.c.id))]


def stand_ins_of(work: Work, numbers: Iterable[str]) -> list[StandIn]:
    """Answer every stand-in of these people."""
    table, wanted = stand_ins.c, sorted(numbers)
    question = select(stand_ins).where(or_(table.absent_number.in_(wanted), table.stand_in_number.in_(wanted)))
    return [_stand_in(row) for row in work.session.execute(question)]


def stand_in(work: Work, period_id: str) -> StandIn | None:
    """Answer one stand-in."""
    row = work.session.execute(select(stand_ins).where(stand_ins.c.id == period_id)).first()
    return _stand_in(row) if row else None


def write_stand_in(work: Work, found: StandIn, *, new: bool) -> None:
    """Add or change a stand-in."""
    _write(
        work,
        stand_ins,
        {
            "id": found.id,
            "absent_number": found.absent_number,
            "stand_in_number": found.stand_in_number,
            "valid_from": found.valid_from,
            "valid_to": found.valid_to,
            "cancelled": found.cancelled,
        },
        new=new,
    )


def _within(work: Work, columns: tuple[ColumnElement[Any], ...], staff_number: str) -> list[ColumnElement[bool]]:
    # Two people belong to each: whoever sees one of them sees what binds them.
    found: list[ColumnElement[bool]] = [or_(*(person_within(work, column) for column in columns))]
    if staff_number:
        found.append(or_(*(column == staff_number for column in columns)))
    return found


def _write(work: Work, table: Table, values: dict[str, object], *, new: bool) -> None:
    if new:
        work.session.execute(insert(table).values(**values))
    else:
        work.session.execute(update(table).where(table.c.id == values["id"]).values(**values))


def _pair(row: Row[Any]) -> Pair:
    return Pair(row.id, row.seat_number, row.manager_number, row.valid_from, row.valid_to)


def _stand_in(row: Row[Any]) -> StandIn:
    return StandIn(
        row.id, row.absent_number, row.stand_in_number, row.valid_from, row.valid_to, cancelled=bool(row.cancelled)
    )
