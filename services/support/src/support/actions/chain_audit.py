"""Give what waits its place in the chain: one writer at a time, so many entries in one transaction."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit as Work
from support.domain.audit import AuditEntry, AuditNote, Witness, hash_of
from support.domain.places import Places
from support.storage import audit_entries, audit_places, audit_queue
from support.storage.audit_places import Belonging

BATCH = 500


def chain_audit(work: Work, zone: ZoneInfo) -> tuple[int, Witness | None]:
    """Chain what waits; answer how much that was and where the chain ends now, to be published."""
    day, sequence, running = audit_entries.lock_chain(work)
    waiting = audit_queue.waiting(work, BATCH)
    if not waiting:
        return 0, Witness(day, sequence, running) if day is not None else None
    # A clock that was set back must not put entries into a day that is over.
    today = max(business_day(work.now(), zone), day or business_day(work.now(), zone))
    opening = running
    if today != day:
        sequence = 0
    places = Places(audit_places.subnets(work))
    known = audit_places.belongings(work, (note.staff_number for _, note in waiting))
    entries: list[AuditEntry] = []
    for its_id, note in waiting:
        sequence += 1
        belonging = known.get(note.staff_number, Belonging())
        entry = _entry(its_id, note, belonging, places.of(note.ip), zone)
        entry = replace(entry, day=today, sequence=sequence, previous_hash=running)
        running = hash_of(entry)
        entries.append(replace(entry, hash=running))
    audit_entries.append(work, entries, opening)
    audit_queue.take_off(work, (its_id for its_id, _ in waiting))
    return len(entries), Witness(today, sequence, running)


def _entry(its_id: str, note: AuditNote, belonging: Belonging, place: str, zone: ZoneInfo) -> AuditEntry:
    local = note.at.astimezone(zone)
    return AuditEntry(
        day=local.date(),
        sequence=0,
        id=its_id,
        kind=str(note.kind),
        staff_number=note.staff_number,
        name=note.name or belonging.name,
        unit_id=belonging.unit_id,
        bureau_id=belonging.bureau_id,
        community_id=belonging.community_id,
        ip=note.ip,
        place=place,
        device=note.device,
        form=note.form,
        record_id=note.record_id,
        detail=note.detail,
        at=note.at,
        on_day=local.date(),
        local_hour=local.hour,
        previous_hash="",
    )
