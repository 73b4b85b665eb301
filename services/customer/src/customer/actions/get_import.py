"""Answers how far an import is."""

from chassis.database import Unit
from customer.domain.import_job import ImportJob
from customer.storage.import_jobs import job_within_reach


def get_import(unit: Unit, job_id: str) -> ImportJob:
    """Answers an import within the caller's reach."""
    return job_within_reach(unit, job_id)
