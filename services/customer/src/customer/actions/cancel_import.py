"""Stops an import; what it has loaded so far is undone."""

from chassis.database import Unit
from customer.domain.import_job import ImportJob
from customer.storage.import_jobs import job_within_reach
from customer.storage.reach import IMPORT


def cancel_import(unit: Unit, job_id: str) -> ImportJob:
    """Cancels an import that waits or runs. Its loader cannot commit any more, so nothing of it stays."""
    job = job_within_reach(unit, job_id, IMPORT, lock=True)
    job.cancel(unit.now())
    return job
