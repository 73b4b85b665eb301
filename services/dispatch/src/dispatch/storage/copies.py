"""The local copies of customers and bookings: an older fact never replaces a newer one."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Column, Table, bindparam, insert, select, update

from chassis.database import Unit
from dispatch.domain.copies import AppointmentCopy, CustomerCopy
from dispatch.storage.tables import appointment_copies, customer_copies

C = TypeVar("C", CustomerCopy, AppointmentCopy)


def customers(unit: Unit, ids: Sequence[str]) -> dict[str, Any]:
    """Answers the copies of these customers, by id."""
    question = select(customer_copies).where(customer_copies.c.customer_id.in_(ids))
    return {row.customer_id: row for row in unit.session.execute(question)}


def keep_customers(unit: Unit, facts: Sequence[CustomerCopy]) -> list[CustomerCopy]:
    """Keeps what is newer than the copies; answers what was."""
    return _keep(unit, customer_copies, customer_copies.c.customer_id, facts)


def keep_appointments(unit: Unit, facts: Sequence[AppointmentCopy]) -> list[AppointmentCopy]:
    """Keeps what is newer than the copies; answers what was."""
    return _keep(unit, appointment_copies, appointment_copies.c.appointment_id, facts)


def _keep(unit: Unit, table: Table, key: Column[Any], facts: Sequence[C]) -> list[C]:
    name = key.name
    newest: dict[str, C] = {}
    for fact in facts:
        held = newest.get(getattr(fact, name))
        if held is None or held.version < fact.version:
            newest[getattr(fact, name)] = fact
    known: dict[str, int] = {
        row[0]: row[1] for row in unit.session.execute(select(key, table.c.version).where(key.in_(list(newest))))
    }
    new = [fact for id_, fact in newest.items() if id_ not in known]
    changed = [fact for id_, fact in newest.items() if id_ in known and known[id_] < fact.version]
    if new:
        unit.session.execute(insert(table), [asdict(fact) for fact in new])
    if changed:
        # A Core table and not the entity: nothing of a copy is looked at again in this transaction.
        unit.session.connection().execute(
            update(table)
            .where(key == bindparam("the_id"), table.c.version < bindparam("the_version"))
            .values({column.name: bindparam(column.name) for column in table.c if column is not key}),
            [{**asdict(fact), "the_id": getattr(fact, name), "the_version": fact.version} for fact in changed],
        )
    return new + changed
