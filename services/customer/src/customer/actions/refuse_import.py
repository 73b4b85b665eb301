"""Refuses a file whole."""

from chassis.database import Unit
from customer.domain.import_job import OVER, ImportJob


def refuse_import(unit: Unit, job_id: str, holder: str, reason: str, detail: str) -> None:
    """Closes the import with the reason; does nothing when it is over or in other hands."""
    job = unit.session.get_one(ImportJob, job_id, with_for_update=True)
    if job.state not in OVER and job.holder == holder:
        job.refuse(reason, detail[:200], unit.now())
