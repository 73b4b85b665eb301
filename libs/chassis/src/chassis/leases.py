"""Leases: whose holder died are free again when their time has passed, and also when the clock was set back meanwhile."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_


def run_out(until: ColumnElement[datetime | None], now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """Answers the condition under which a lease is free: nobody's, over, or further ahead than any lease is given.

    What lies further ahead was written before the clock was set back; a holder that lives renews it at once, one that has
    died would keep it for days.
    """
    return or_(until.is_(None), until <= now, until > now + 2 * longest)
