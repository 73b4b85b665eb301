"""Renews the hold on an import while it is loaded, and tells its progress."""

from datetime import timedelta

from chassis.database import Unit
from customer.domain.import_job import OVER, ImportJob
from customer.storage.import_jobs import keep_hold


def keep_import(unit: Unit, job_id: str, holder: str, lease: timedelta, read: int, percent: int) -> bool:
    """Answers False once the import was cancelled or taken over: its loader must stop."""
    return keep_hold(unit, job_id, holder, unit.now() + lease, read, percent)


def is_over(unit: Unit, job_id: str) -> bool:
    """Tells whether an import has ended, whichever way."""
    return unit.session.get_one(ImportJob, job_id).state in OVER
