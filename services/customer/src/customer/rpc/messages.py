"""Messages of the contract out of rows and entities. Pure functions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from crm.common.v1 import change_pb2, page_pb2, person_pb2
from crm.customer.v1 import customer_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.paging import encode_cursor
from customer.actions.create_appointment import Booked
from customer.actions.get_customer import CustomerWhole
from customer.actions.list_customer_changes import CustomerChanges
from customer.actions.list_customers import CustomerPage
from customer.domain.birthday import Birthday
from customer.domain.import_job import ImportJob
from customer.domain.owner import OwnerMatch
from customer.rpc import words
from customer.rpc.shown import Shown

_ACTORS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def customer(shown: Shown, row: Any) -> pb.Customer:
    """Answers a customer, from a row or an entity, as this caller may see it."""
    return shown.customer(plain_customer(row), row)


def plain_customer(row: Any) -> pb.Customer:
    """Answers a customer with everything, before masks."""
    return pb.Customer(
        id=row.id,
        customer_number=row.customer_number,
        kind=words.KINDS[row.kind],
        group=words.GROUPS[row.group],
        name=row.name,
        phone=row.phone or "",
        bureau_id=row.bureau_id,
        community_id=row.community_id,
        owner_number=row.owner_number,
        seat_number=row.seat_number or "",
        birthday=birthday(row.birthday) if row.birthday else None,
        store_anniversary=_day(row.store_anniversary),
        address=row.address or "",
        joined_on=_day(row.joined_on),
        version=row.version,
        id_card=row.id_card or "",
        note=row.note or "",
        extra=row.extra or {},
    )


def customers(shown: Shown, page: CustomerPage) -> pb.ListCustomersResponse:
    """Answers a page of customers."""
    info = page_pb2.PageInfo(next_cursor=encode_cursor(page.next_after) if page.next_after else "", total=page.total)
    return pb.ListCustomersResponse(customers=[customer(shown, row) for row in page.rows], page=info)


def whole(shown: Shown, found: CustomerWhole) -> pb.GetCustomerResponse:
    """Answers a customer with everything that hangs on it."""
    row = found.customer
    return pb.GetCustomerResponse(
        customer=customer(shown, row),
        accounts=shown.below([_account(each) for each in found.accounts], row),
        subscribers=shown.below([_subscriber(each) for each in found.subscribers], row),
        contacts=shown.below([_contact(each) for each in found.contacts], row),
        addresses=shown.below([_address(each) for each in found.addresses], row),
        appointments=[appointment(shown, each, row) for each in found.appointments if shown.appointments_at(row)],
        extra_fields=shown.extra_fields(row),
    )


def appointment(shown: Shown, row: Any, at: Any) -> pb.Appointment:
    """Answers a booked service, from a row or an entity, at a customer, as this caller may see it."""
    message = pb.Appointment(
        id=row.id,
        appointment_number=row.appointment_number,
        customer_id=row.customer_id,
        kind=words.APPOINTMENTS[row.kind],
        starts_at=_instant(row.starts_at),
        place=row.place or "",
        contact_name=row.contact_name or "",
        contact_phone=row.contact_phone or "",
        status=row.status,
        note=row.note or "",
        version=row.version,
    )
    return shown.appointment(message, at)


def booked(shown: Shown, found: Booked) -> pb.Appointment:
    """Answers a booking as this caller may see it."""
    return appointment(shown, found.appointment, found.customer)


def changes(shown: Shown, found: CustomerChanges, size: int) -> pb.ListCustomerChangesResponse:
    """Answers a page of the history, without lines about columns that are hidden from this caller."""
    rows = found.changes[:size]
    more = len(found.changes) > size
    total = found.total if shown.all_told(found.customer) else None
    info = page_pb2.PageInfo(next_cursor=encode_cursor((rows[-1].id,)) if more else "", total=total)
    open_lines = (shown.change(_change(row), found.customer) for row in rows)
    return pb.ListCustomerChangesResponse(changes=[line for line in open_lines if line is not None], page=info)


def owners(matches: Sequence[OwnerMatch]) -> pb.FindOwnersResponse:
    """Answers who is answerable, row by row."""
    return pb.FindOwnersResponse(matches=[_owner(match) for match in matches])


def job(found: ImportJob) -> pb.ImportJob:
    """Answers an import."""
    return pb.ImportJob(
        id=found.id,
        name=found.name,
        form=words.IMPORT_FORMS[found.form],
        state=words.IMPORT_STATES[found.state],
        read=found.read,
        created=found.created,
        updated=found.updated,
        skipped=found.skipped,
        failed=found.failed,
        percent=found.percent,
        reason=found.reason or "",
        detail=found.detail or "",
        started_at=_instant(found.started_at),
        ended_at=_instant(found.ended_at) if found.ended_at else None,
        started_by=found.actor_name or found.actor_id,
    )


def jobs(found: Sequence[ImportJob], total: int | None, size: int) -> pb.ListImportsResponse:
    """Answers a page of imports."""
    shown = found[:size]
    cursor = encode_cursor((shown[-1].id,)) if len(found) > size else ""
    return pb.ListImportsResponse(
        jobs=[job(one) for one in shown], page=page_pb2.PageInfo(next_cursor=cursor, total=total)
    )


def birthday(found: Birthday) -> pb.Birthday:
    """Answers a birthday."""
    return pb.Birthday(
        lunar=found.lunar, year=found.year, month=found.month, day=found.day, leap_month=found.leap_month
    )


def _account(row: Any) -> pb.Account:
    return pb.Account(
        id=row.id,
        account_number=row.account_number,
        name=row.name,
        payment_method=row.payment_method,
        status=row.status,
        bank_account=row.bank_account or "",
    )


def _contact(row: Any) -> pb.Contact:
    return pb.Contact(id=row.id, name=row.name, role=row.role or "", phone=row.phone or "")


def _address(row: Any) -> pb.Address:
    return pb.Address(id=row.id, kind=row.kind, text=row.text, community_id=row.community_id or "")


def _subscriber(row: Any) -> pb.Subscriber:
    return pb.Subscriber(
        id=row.id,
        number=row.number,
        kind=words.SUBSCRIBERS[row.kind],
        product=row.product or "",
        status=row.status,
        g_net=row.g_net,
        account_id=row.account_id or "",
        activated_on=_day(row.activated_on),
    )


def _change(row: Any) -> change_pb2.Change:
    actor = person_pb2.Actor(
        kind=_ACTORS.get(row.actor_kind, person_pb2.Actor.KIND_UNSPECIFIED),
        id=row.actor_id,
        name=row.actor_name or "",
        ip=row.actor_ip or "",
    )
    return change_pb2.Change(
        id=row.id,
        changed_at=_instant(row.changed_at),
        actor=actor,
        field=row.field,
        old_value=row.old_value or "",
        new_value=row.new_value or "",
        cause=row.cause or "",
        form=row.form,
        record_id=row.record_id,
    )


def _owner(match: OwnerMatch) -> pb.OwnerMatch:
    found = match.found
    if found is None:
        return pb.OwnerMatch(reason=match.reason, matched=match.matched)
    return pb.OwnerMatch(
        owner_number=found.owner_number,
        seat_number=found.seat_number,
        customer_id=found.customer_id,
        customer_name=found.customer_name,
        bureau_id=found.bureau_id,
        community_id=found.community_id,
        reason=match.reason,
        matched=match.matched,
    )


def _day(found: Any) -> str:
    return found.isoformat() if found else ""


def _instant(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp
