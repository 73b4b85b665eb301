"""Take write-backs that are due, so that nobody else tries them at the same time."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Unit
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


def write_backs_due(unit: Unit, system: str, limit: int) -> list[str]:
    """Answers which write-backs to one system may be tried now; mostly none, and asking costs no transaction."""
    return write_backs.due(unit, system, limit)


def claim_write_backs(unit: Unit, ids: Sequence[str], lease_for: timedelta) -> list[WriteBack]:
    """Claims those of them that nobody else has claimed, for as long as a try can take."""
    return write_backs.claim(unit, ids, unit.new_id(), unit.now() + lease_for)
