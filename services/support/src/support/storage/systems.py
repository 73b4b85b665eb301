"""Older systems and the positions that have them as tiles."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, true, update

from chassis.database import Unit as Work
from support.domain.external_system import ExternalSystem, WayIn
from support.storage.systems_tables import external_systems, system_positions

_EMPTY_IS_NULL = ("note_zh", "note_en", "login_url", "user_field", "password_field", "cookie_domain")
_PLAIN = ("code", "title_zh", "title_en", "start_url", "place", "active")


def every_system(work: Work, *, active_only: bool = False) -> list[ExternalSystem]:
    """Answer the systems in their order."""
    question = select(external_systems).order_by(external_systems.c.place, external_systems.c.code)
    if active_only:
        question = question.where(external_systems.c.active == true())
    rows = work.session.execute(question).mappings().all()
    positions: dict[str, list[str]] = {}
    for row in work.session.execute(select(system_positions).order_by(system_positions.c.role)):
        positions.setdefault(row.system_id, []).append(row.role)
    return [_system(row, positions.get(row["id"], ())) for row in rows]


def find_system(work: Work, code: str, *, to_change: bool = False) -> ExternalSystem | None:
    """Answer one system, or None; `to_change` keeps others from changing it meanwhile."""
    question = select(external_systems).where(external_systems.c.code == code)
    row = work.session.execute(question.with_for_update() if to_change else question).mappings().first()
    if row is None:
        return None
    roles = select(system_positions.c.role).where(system_positions.c.system_id == row["id"])
    return _system(row, work.session.execute(roles.order_by(system_positions.c.role)).scalars())


def insert_system(work: Work, system: ExternalSystem, system_id: str) -> None:
    """Add a system in its first version."""
    work.session.execute(insert(external_systems).values(id=system_id, version=1, **_values(system)))
    _write_positions(work, system_id, system.positions)


def update_system(work: Work, system: ExternalSystem, system_id: str) -> bool:
    """Write a system over its version; False when that is no longer the newest."""
    done = work.session.execute(
        update(external_systems)
        .where(external_systems.c.id == system_id, external_systems.c.version == system.version)
        .values(version=system.version + 1, **_values(system))
    )
    if done.rowcount != 1:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - an UPDATE answers a cursor
        return False
    work.session.execute(delete(system_positions).where(system_positions.c.system_id == system_id))
    _write_positions(work, system_id, system.positions)
    return True


def delete_system(work: Work, system_id: str) -> None:
    """Remove a system; its credentials must be gone before."""
    work.session.execute(delete(system_positions).where(system_positions.c.system_id == system_id))
    work.session.execute(delete(external_systems).where(external_systems.c.id == system_id))


def _write_positions(work: Work, system_id: str, roles: Iterable[str]) -> None:
    rows = [{"system_id": system_id, "role": role} for role in sorted(set(roles))]
    if rows:
        work.session.execute(insert(system_positions), rows)


def _values(system: ExternalSystem) -> dict[str, object]:
    plain = {name: getattr(system, name) for name in _PLAIN}
    return {**plain, **{name: getattr(system, name) or None for name in _EMPTY_IS_NULL}, "way_in": str(system.way_in)}


def _system(row: RowMapping, positions: Iterable[str]) -> ExternalSystem:
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    for name in _EMPTY_IS_NULL:
        values[name] = row[name] or ""
    return ExternalSystem(
        id=row["id"],
        way_in=WayIn(row["way_in"]),
        positions=tuple(positions),
        version=row["version"],
        **values,
    )
