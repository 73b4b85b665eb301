"""Take write-backs that are due, so that nobody else tries them at the same time."""

from datetime import timedelta

from chassis.database import Unit
from dispatch.domain.write_back import WriteBack
from dispatch.storage import write_backs


def claim_write_backs(unit: Unit, system: str, limit: int, lease_for: timedelta) -> list[WriteBack]:
    """Claims at most `limit` write-backs to one system for as long as a try can take."""
    ids = write_backs.due(unit, system, limit)
    return write_backs.claim(unit, ids, unit.new_id(), unit.now() + lease_for)
