"""Takes the next import for loading."""

from datetime import timedelta

from chassis.database import Unit
from customer.domain.import_job import ImportJob
from customer.storage.import_jobs import hold, next_in_line, somebody_loads

MOST_ATTEMPTS = 10


def claim_import(unit: Unit, holder: str, lease: timedelta) -> ImportJob | None:
    """Answers the import to load now, or None. One that ended its loader ten times is refused, so that others get a turn."""
    if somebody_loads(unit):
        return None
    job = next_in_line(unit)
    if job is None:
        return None
    if job.attempts >= MOST_ATTEMPTS:
        job.refuse("IMPORT_KEPT_FAILING", "", unit.now())
        return None
    if not hold(unit, job, holder, unit.now() + lease):
        return None
    unit.session.expunge(job)
    return job
