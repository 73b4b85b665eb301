"""Takes a file in: its bytes are on disk already, this makes the job that loads them."""

from dataclasses import dataclass

from chassis.database import Unit
from chassis.errors import Denied
from chassis.requests import first_answer, remember
from customer.domain.import_job import ImportForm, ImportJob, ImportState
from customer.storage.import_jobs import FORM, job_within_reach
from customer.storage.reach import IMPORT

CALL = "StartImport"


@dataclass(frozen=True)
class Upload:
    """A file that arrived: the id under which it lies, what it is, and the hash of its bytes."""

    id: str
    request_id: str
    form: ImportForm
    name: str
    content_hash: str


def start_import(unit: Unit, upload: Upload) -> ImportJob:
    """Makes the job of an upload; the same request again answers the first job."""
    content = f"{upload.form}\n{upload.name}\n{upload.content_hash}"
    known = first_answer(unit, CALL, upload.request_id, content)
    if known is not None:
        return job_within_reach(unit, known)
    actor = unit.actor
    if not unit.access.sees(actor, FORM, IMPORT, owners=(actor.id,)):
        # An import is its bringer's own: rules that reach none of those let no file in.
        raise Denied(form=FORM)
    job = ImportJob(
        id=upload.id,
        form=upload.form,
        name=upload.name,
        state=ImportState.WAITING,
        started_at=unit.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name or None,
        actor_ip=actor.ip or None,
    )
    unit.session.add(job)
    remember(unit, CALL, upload.request_id, content, job.id)
    return job
