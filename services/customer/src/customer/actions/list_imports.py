"""Lists imports, newest first."""

from collections.abc import Sequence

from chassis.database import Unit
from chassis.paging import Page
from customer.domain.import_job import ImportJob
from customer.storage.import_jobs import jobs_newest_first


def list_imports(unit: Unit, page: Page) -> tuple[Sequence[ImportJob], int | None]:
    """Answers a page of imports within the caller's reach, one more than asked for when there are more."""
    return jobs_newest_first(unit, page)
