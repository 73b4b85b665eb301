"""A person goes to an older system: what is needed for it, and how it went.

The older system is asked between two transactions, never inside one.
"""

from dataclasses import dataclass

from chassis.database import Unit as Work
from support.actions.store_credential import own_system
from support.domain.external_system import ExternalSystem, Outcome, WayIn
from support.domain.system_events import SystemOpened
from support.storage import credentials
from support.storage.credentials import Kept


@dataclass(frozen=True, slots=True)
class Opening:
    """A system about to be opened, with the caller's sealed credential where one is needed and may be tried."""

    system: ExternalSystem
    credential: Kept | None = None
    wanted_because: str = ""


def begin_opening(work: Work, code: str) -> Opening:
    """Answer how the caller gets in. What needs no credential, or lacks it, is over with this and recorded."""
    system = own_system(work, code)
    if system.way_in is not WayIn.STORED_CREDENTIAL:
        _record(work, code, Outcome.OPENED)
        return Opening(system)
    kept = credentials.find(work, system.id, work.actor.id)
    if kept is None or not kept.working:
        # One that was turned away is not tried again: the older system might lock the person out.
        _record(work, code, Outcome.CREDENTIAL_WANTED)
        return Opening(system, wanted_because="MISSING" if kept is None else "REFUSED")
    return Opening(system, kept)


def end_opening(work: Work, opening: Opening, outcome: Outcome) -> None:
    """Record how it went; a credential that was turned away is not used again."""
    kept = opening.credential
    if kept is not None and outcome is Outcome.CREDENTIAL_REFUSED:
        credentials.mark_refused(work, kept.system_id, kept.staff_number, kept.version)
    _record(work, opening.system.code, outcome)


def _record(work: Work, code: str, outcome: Outcome) -> None:
    actor = work.actor
    work.record(SystemOpened(actor.kind, actor.id, actor.name, actor.ip, code, outcome, work.now()))
