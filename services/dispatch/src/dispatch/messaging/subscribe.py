"""Subjects → actions: facts of the customer service, and our own outcomes that older systems wait for."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.common.v1 import person_pb2
from crm.customer.v1 import customer_events_pb2, customer_pb2
from crm.dispatch.v1 import dispatch_events_pb2
from crm.support.v1 import access_events_pb2, organisation_events_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.database import Unit
from chassis.exports import Exports
from chassis.nats import On
from dispatch.actions.follow_organisation import follow_units, take_over
from dispatch.actions.generate_tasks import Branch
from dispatch.actions.note_appointments import note_appointments
from dispatch.actions.note_customers import note_customers
from dispatch.actions.start_write_back import Outcome, start_write_back
from dispatch.domain.copies import AppointmentCopy, CustomerCopy
from dispatch.domain.occasions import birthday_key, solar_key
from dispatch.domain.organisation_events import UnitsMoved, WorkHandedOver
from dispatch.domain.titles import moment_words
from dispatch.domain.words import Doer, DoerKind

GROUPS = {
    customer_pb2.CUSTOMER_GROUP_PUBLIC: "public",
    customer_pb2.CUSTOMER_GROUP_BUSINESS: "business",
    customer_pb2.CUSTOMER_GROUP_KEY_ACCOUNT: "key_account",
}
APPOINTMENT_KINDS = {
    customer_pb2.APPOINTMENT_KIND_INSTALL: "install",
    customer_pb2.APPOINTMENT_KIND_REMOVE: "remove",
    customer_pb2.APPOINTMENT_KIND_RELOCATE: "relocate",
    customer_pb2.APPOINTMENT_KIND_VISIT: "visit",
}
DOER_KINDS = {
    person_pb2.Actor.KIND_PERSON: DoerKind.PERSON,
    person_pb2.Actor.KIND_SYSTEM: DoerKind.SYSTEM,
    person_pb2.Actor.KIND_SERVICE: DoerKind.SERVICE,
}


def subscriptions(branch: Callable[[], Branch], systems: Collection[str], exports: Exports) -> list[On[Any]]:
    """Answers what dispatch listens to; `systems` are those we can write back to."""

    def appointments(unit: Unit, facts: list[AppointmentCopy]) -> None:
        note_appointments(unit, facts, branch())

    def outcome(unit: Unit, ended: Outcome) -> None:
        start_write_back(unit, ended, systems)

    def read(data: bytes) -> list[AppointmentCopy]:
        return read_appointments(data, branch().zone)

    return [
        On("crm.customer.customer.changed.v1", read_customers, note_customers),
        On("crm.customer.appointment.changed.v1", read, appointments),
        On("crm.dispatch.task.completed.v1", read_completed, outcome),
        On("crm.dispatch.task.cancelled.v1", read_cancelled, outcome),
        On("crm.support.approval.decided.v1", access_events_pb2.ApprovalDecided.FromString, exports.decided),
        On("crm.support.units.moved.v1", read_units_moved, follow_units),
        On("crm.support.work.handed-over.v1", read_handed_over, take_over),
    ]


def read_customers(data: bytes) -> list[CustomerCopy]:
    """Reads what changed of customers."""
    return [_customer(facts) for facts in customer_events_pb2.CustomersChanged.FromString(data).customers]


def read_appointments(data: bytes, zone: ZoneInfo) -> list[AppointmentCopy]:
    """Reads what changed of bookings; a kind nobody knows is left out."""
    changed = customer_events_pb2.AppointmentsChanged.FromString(data).appointments
    return [_appointment(facts, zone) for facts in changed if facts.kind in APPOINTMENT_KINDS]


def read_completed(data: bytes) -> Outcome:
    """Reads that a task was completed."""
    event = dispatch_events_pb2.TaskCompleted.FromString(data)
    return Outcome(event.task.id, "completed", _doer(event.by), _moment(event.at))


def read_cancelled(data: bytes) -> Outcome:
    """Reads that a task was cancelled."""
    event = dispatch_events_pb2.TaskCancelled.FromString(data)
    return Outcome(event.task.id, "cancelled", _doer(event.by), _moment(event.at), event.reason)


def read_units_moved(data: bytes) -> UnitsMoved:
    """Reads which units moved."""
    event = organisation_events_pb2.UnitsMoved.FromString(data)
    communities = {each.community_id: each.bureau_id for each in event.communities}
    return UnitsMoved(communities, event.ended_bureau_id, event.into_bureau_id, _doer(event.by), event.cause)


def read_handed_over(data: bytes) -> WorkHandedOver:
    """Reads whose work goes to whom."""
    event = organisation_events_pb2.WorkHandedOver.FromString(data)
    communities = tuple(event.community_ids)
    return WorkHandedOver(event.from_number, event.to_number, communities, _doer(event.by), event.cause)


def _customer(facts: customer_events_pb2.CustomerFacts) -> CustomerCopy:
    opened = date.fromisoformat(facts.store_anniversary) if facts.store_anniversary else None
    born = facts.birthday if facts.HasField("birthday") else None
    return CustomerCopy(
        customer_id=facts.customer_id,
        version=facts.version,
        customer_number=facts.customer_number or None,
        name=facts.name or None,
        customer_group=GROUPS.get(facts.group),
        bureau_id=facts.bureau_id or None,
        community_id=facts.community_id or None,
        owner_number=facts.owner_number or None,
        seat_number=facts.seat_number or None,
        birthday_key=birthday_key(born.month, born.day, lunar=born.lunar, leap_month=born.leap_month) if born else None,
        store_key=solar_key(opened.month, opened.day) if opened else None,
        store_opened_on=opened,
    )


def _appointment(facts: customer_events_pb2.AppointmentFacts, zone: ZoneInfo) -> AppointmentCopy:
    starts_at = _moment(facts.starts_at).replace(microsecond=0)
    local = starts_at.astimezone(zone)
    return AppointmentCopy(
        appointment_id=facts.appointment_id,
        version=facts.version,
        customer_id=facts.customer_id,
        kind=APPOINTMENT_KINDS[facts.kind],
        starts_at=starts_at,
        starts_on=local.date(),
        starts_words=moment_words(local),
        place=facts.place or None,
        cancelled=facts.cancelled,
    )


def _doer(actor: person_pb2.Actor) -> Doer:
    return Doer(DOER_KINDS.get(actor.kind, DoerKind.SERVICE), actor.id, actor.name, ip=actor.ip)


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
