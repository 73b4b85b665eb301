"""The administrator adds, changes and removes older systems."""

from chassis.database import Unit as Work
from chassis.errors import NotFound
from support.domain.external_system import ExternalSystem, SystemChanged, SystemCodeTaken, check_system
from support.storage import credentials, systems

FORM = "support.system"
# What a reader of the history sees of a system; its positions follow as one line.
_TRACED = (
    *("title_zh", "title_en", "note_zh", "note_en", "way_in", "start_url", "login_url"),
    *("user_field", "password_field", "cookie_domain", "place", "active"),
)


def list_systems(work: Work) -> list[ExternalSystem]:
    """Answer every older system in its order."""
    return systems.every_system(work)


def set_system(work: Work, wanted: ExternalSystem, portal_host: str) -> ExternalSystem:
    """Add a system (version 0) or change one. Credentials stored for another receiver are forgotten with the change."""
    check_system(wanted, portal_host)
    before = systems.find_system(work, wanted.code, to_change=True)
    if wanted.version == 0:
        if before is not None:
            raise SystemCodeTaken(code=wanted.code)
        return _add(work, wanted)
    if before is None:
        raise NotFound(form=FORM, id=wanted.code)
    if not systems.update_system(work, wanted, before.id):
        raise SystemChanged(form=FORM, id=wanted.code, version=str(before.version))
    if not wanted.same_receiver(before):
        # People gave their passwords to the place that was set then; the new one must not get them by itself.
        _trace_forgotten(work, before, credentials.forget_system(work, before.id))
    return _changed(work, before)


def delete_system(work: Work, code: str) -> None:
    """Remove a system and every credential stored for it."""
    before = systems.find_system(work, code, to_change=True)
    if before is None:
        raise NotFound(form=FORM, id=code)
    _trace_forgotten(work, before, credentials.forget_system(work, before.id))
    systems.delete_system(work, before.id)
    work.trace(FORM, before.id, "code", before.code, None)


def _add(work: Work, wanted: ExternalSystem) -> ExternalSystem:
    system_id = work.new_id()
    systems.insert_system(work, wanted, system_id)
    work.trace(FORM, system_id, "code", None, wanted.code)
    return _changed(work, None, wanted.code)


def _changed(work: Work, before: ExternalSystem | None, code: str = "") -> ExternalSystem:
    after = systems.find_system(work, before.code if before else code)
    if after is None:
        raise NotFound(form=FORM, id=code)
    for name in _TRACED:
        old, new = _told(before, name), _told(after, name)
        if old != new:
            work.trace(FORM, after.id, name, old, new)
    old_positions = " ".join(before.positions) if before else ""
    if old_positions != " ".join(after.positions):
        work.trace(FORM, after.id, "positions", old_positions or None, " ".join(after.positions) or None)
    return after


def _told(system: ExternalSystem | None, name: str) -> str | None:
    return None if system is None else str(getattr(system, name)) or None


def _trace_forgotten(work: Work, system: ExternalSystem, count: int) -> None:
    if count:
        work.trace(FORM, system.id, "credentials", str(count), "0")
