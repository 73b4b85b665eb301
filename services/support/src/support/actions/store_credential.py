"""A person's own name and password for an older system: stored sealed, never answered, forgotten on request."""

from datetime import date

from chassis.database import Unit as Work
from chassis.errors import NotFound
from support.actions.set_system import FORM
from support.domain.external_system import (
    ExternalSystem,
    SystemTakesNoCredential,
    Tile,
    WayIn,
    check_credential,
)
from support.sealing import Credential, Keys, SealBroken, Sealed
from support.storage import credentials, systems

_AT_ONCE = 200


def list_tiles(work: Work) -> list[Tile]:
    """Answer the caller's tiles in their order."""
    ready = credentials.systems_ready(work, work.actor.id)
    return [
        Tile(system, system.way_in is not WayIn.STORED_CREDENTIAL or system.id in ready)
        for system in systems.every_system(work, active_only=True)
        if system.shown_to(work.actor.roles)
    ]


def own_system(work: Work, code: str, *, to_change: bool = False) -> ExternalSystem:
    """Answer a system the caller has as a tile; any other is not there for them."""
    system = systems.find_system(work, code, to_change=to_change)
    if system is None or not system.shown_to(work.actor.roles):
        raise NotFound(form=FORM, id=code)
    return system


def store_credential(work: Work, code: str, user: str, password: str, keys: Keys) -> None:
    """Seal the caller's name and password; what was stored before is gone."""
    # Held until the commit: the administrator must not change where it goes in between.
    system = own_system(work, code, to_change=True)
    if system.way_in is not WayIn.STORED_CREDENTIAL:
        raise SystemTakesNoCredential(code=code)
    check_credential(user, password)
    sealed = keys.seal(Credential(user, password), work.actor.id, system.code)
    credentials.put(work, system.id, work.actor.id, sealed.key_id, sealed.content)
    work.trace(FORM, system.id, f"credential.{work.actor.id}", None, "stored")


def forget_credential(work: Work, code: str) -> None:
    """Delete what the caller stored, also for a system that is no longer theirs; nothing there is fine."""
    system = systems.find_system(work, code)
    if system is not None and credentials.forget(work, system.id, work.actor.id):
        work.trace(FORM, system.id, f"credential.{work.actor.id}", "stored", None)


def forget_people_who_left(work: Work, today: date) -> int:
    """Delete what is stored for people whom the branch no longer has; answer how many credentials that were."""
    return credentials.forget_people_who_left(work, today)


def seal_anew(work: Work, keys: Keys) -> int:
    """Seal what another key had sealed with the present one, a number of them at a time; answer how many.

    One that cannot be opened is deleted: it is of no use, and its person is asked again.
    """
    found = credentials.sealed_otherwise(work, keys.current, _AT_ONCE)
    for kept in found:
        try:
            clear = keys.open(Sealed(kept.key_id, kept.sealed), kept.staff_number, kept.system_code)
        except SealBroken:
            credentials.forget(work, kept.system_id, kept.staff_number)
            continue
        sealed = keys.seal(clear, kept.staff_number, kept.system_code)
        credentials.reseal(work, kept, sealed.key_id, sealed.content)
    return len(found)
