"""A fact of the domain as it leaves: subject and protobuf bytes."""

from crm.customer.v1 import customer_events_pb2 as events_pb
from crm.customer.v1 import customer_pb2 as pb

from chassis.database import Outgoing
from customer.domain.birthday import Birthday
from customer.domain.events import AppointmentFacts, AppointmentsChanged, CustomerFacts, CustomersChanged

_KINDS = {"household": pb.CUSTOMER_KIND_HOUSEHOLD, "business": pb.CUSTOMER_KIND_BUSINESS}
_GROUPS = {
    "public": pb.CUSTOMER_GROUP_PUBLIC,
    "business": pb.CUSTOMER_GROUP_BUSINESS,
    "key_account": pb.CUSTOMER_GROUP_KEY_ACCOUNT,
}
_APPOINTMENTS = {
    "install": pb.APPOINTMENT_KIND_INSTALL,
    "remove": pb.APPOINTMENT_KIND_REMOVE,
    "relocate": pb.APPOINTMENT_KIND_RELOCATE,
    "visit": pb.APPOINTMENT_KIND_VISIT,
}


def encode(event: object) -> Outgoing:
    """Answers what is sent for a fact; an unknown fact is a defect."""
    match event:
        case CustomersChanged(customers):
            message = events_pb.CustomersChanged(customers=[_customer(facts) for facts in customers])
            return _outgoing("crm.customer.customer.changed.v1", message, [facts.customer_id for facts in customers])
        case AppointmentsChanged(appointments):
            changed = events_pb.AppointmentsChanged(appointments=[_appointment(facts) for facts in appointments])
            ids = [facts.appointment_id for facts in appointments]
            return _outgoing("crm.customer.appointment.changed.v1", changed, ids)
        case _:
            raise TypeError(f"no subject for {type(event).__name__}")


def _outgoing(
    subject: str, message: events_pb.CustomersChanged | events_pb.AppointmentsChanged, ids: list[str]
) -> Outgoing:
    # An event of many is about no single one.
    return Outgoing(subject, message.SerializeToString(), subject, ids[0] if len(ids) == 1 else "")


def _customer(facts: CustomerFacts) -> events_pb.CustomerFacts:
    return events_pb.CustomerFacts(
        customer_id=facts.customer_id,
        version=facts.version,
        customer_number=facts.customer_number,
        name=facts.name,
        kind=_KINDS[facts.kind],
        group=_GROUPS[facts.group],
        bureau_id=facts.bureau_id,
        community_id=facts.community_id,
        owner_number=facts.owner_number,
        seat_number=facts.seat_number,
        birthday=_birthday(facts.birthday) if facts.birthday else None,
        store_anniversary=facts.store_anniversary.isoformat() if facts.store_anniversary else "",
    )


def _birthday(birthday: Birthday) -> pb.Birthday:
    return pb.Birthday(
        lunar=birthday.lunar,
        year=birthday.year,
        month=birthday.month,
        day=birthday.day,
        leap_month=birthday.leap_month,
    )


def _appointment(facts: AppointmentFacts) -> events_pb.AppointmentFacts:
    message = events_pb.AppointmentFacts(
        appointment_id=facts.appointment_id,
        version=facts.version,
        appointment_number=facts.appointment_number,
        customer_id=facts.customer_id,
        kind=_APPOINTMENTS[facts.kind],
        place=facts.place,
        cancelled=facts.cancelled,
    )
    message.starts_at.FromDatetime(facts.starts_at)
    return message
