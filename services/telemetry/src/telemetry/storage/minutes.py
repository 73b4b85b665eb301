"""Minutes of figures, by part."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from chassis.database import Unit
from telemetry.storage.packing import Minute, pack_minute, unpack_minute
from telemetry.storage.tables import minutes

Minutes = Mapping[tuple[datetime, str], Minute]


def keep(unit: Unit, kept: Minutes) -> None:
    """Write minutes; one that is known is written anew."""
    if not kept:
        return
    for at, part in kept:
        unit.session.execute(delete(minutes).where(minutes.c.at == at, minutes.c.part == part))
    rows: list[dict[str, object]] = []
    for (at, part), minute in kept.items():
        packed = pack_minute(minute)
        rows.append({"at": at, "part": part, "packed": packed, "size_bytes": len(packed) + 100})
    unit.session.execute(insert(minutes), rows)


def since(unit: Unit, at: datetime, part: str = "") -> list[tuple[datetime, str, Minute]]:
    """Answer the minutes from an instant on, oldest first."""
    conditions = [minutes.c.at >= at, *([minutes.c.part == part] if part else [])]
    rows = unit.session.execute(select(minutes).where(*conditions).order_by(minutes.c.at))
    return [(row.at, row.part, unpack_minute(bytes(row.packed))) for row in rows]
