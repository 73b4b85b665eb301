"""Answers how far an import is."""

from chassis.database import Unit
from customer.domain.import_job import ImportJob
from customer.storage.import_jobs import job_within_reach
from customer.storage.reach import SEE


def get_import(unit: Unit, job_id: str, action: int = SEE) -> ImportJob:
    """Answers an import within the caller's reach; its refused rows are for who may bring such rows in."""
    job = job_within_reach(unit, job_id)
    return job if action == SEE else job_within_reach(unit, job_id, action)
