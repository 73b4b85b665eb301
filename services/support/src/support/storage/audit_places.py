"""What turns an address into a place and a person into a unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from chassis.database import Unit as Work
from chassis.sql import pieces
from support.domain.organisation import BUREAU_LIKE, UnitKind
from support.domain.places import Subnet, narrowest_first
from support.storage.audit_tables import audit_subnets
from support.storage.tables import people, units


@dataclass(frozen=True, slots=True)
class Belonging:
    """A person's name and where they belong."""

    name: str = ""
    unit_id: str = ""
    bureau_id: str = ""
    community_id: str = ""


def subnets(work: Work) -> list[Subnet]:
    """Answer every subnet, the narrowest first."""
    rows = work.session.execute(select(audit_subnets.c.cidr, audit_subnets.c.place))
    return narrowest_first(Subnet(row.cidr, row.place) for row in rows)


def replace_subnets(work: Work, wanted: Sequence[Subnet]) -> None:
    """Let the subnets be these, and leave a trace of each that changed."""
    rows = work.session.execute(select(audit_subnets)).all()
    have = {row.cidr: row for row in rows}
    want = {subnet.cidr: subnet.place for subnet in wanted}
    gone = [cidr for cidr, row in have.items() if want.get(cidr) != row.place]
    new = [
        {"cidr": cidr, "place": place, "id": have[cidr].id if cidr in have else work.new_id()}
        for cidr, place in want.items()
        if cidr not in have or cidr in gone
    ]
    for some in pieces(gone):
        work.session.execute(delete(audit_subnets).where(audit_subnets.c.cidr.in_(some)))
    if new:
        work.session.execute(insert(audit_subnets), new)
    ids = {row.cidr: row.id for row in rows} | {str(row["cidr"]): str(row["id"]) for row in new}
    for cidr in sorted({*gone, *(str(row["cidr"]) for row in new)}):
        old = have[cidr].place if cidr in have else None
        work.trace("support.audit", ids[cidr], cidr, old, want.get(cidr))


def belongings(work: Work, numbers: Iterable[str]) -> dict[str, Belonging]:
    """Answer where people belong now, by staff number."""
    tree = {row.id: row for row in work.session.execute(select(units.c.id, units.c.kind, units.c.parent_id))}
    found: dict[str, Belonging] = {}
    for some in pieces(sorted({number for number in numbers if number})):
        rows = work.session.execute(
            select(people.c.staff_number, people.c.name, people.c.unit_id).where(people.c.staff_number.in_(some))
        )
        for row in rows:
            unit = tree.get(row.unit_id)
            community = row.unit_id if unit is not None and unit.kind == UnitKind.COMMUNITY else ""
            while unit is not None and unit.kind not in BUREAU_LIKE:
                unit = tree.get(unit.parent_id)
            bureau = unit.id if unit is not None else ""
            found[row.staff_number] = Belonging(row.name, row.unit_id, bureau, community)
    return found


def units_below(work: Work, unit_id: str) -> list[str]:
    """Answer a unit and every unit below it."""
    children: dict[str | None, list[str]] = {}
    for row in work.session.execute(select(units.c.id, units.c.parent_id)):
        children.setdefault(row.parent_id, []).append(row.id)
    found, ahead = set[str](), [unit_id]
    while ahead:
        unit = ahead.pop()
        if unit not in found:
            found.add(unit)
            ahead += children.get(unit, ())
    return sorted(found)
