"""What the messages of the contract ask for, in words of the domain. Pure functions."""

from collections.abc import Callable, Iterable
from datetime import UTC, date
from typing import Any

from crm.customer.v1 import customer_pb2 as pb

from customer.actions.list_customers import CustomerFilter
from customer.domain.appointment import AppointmentKind
from customer.domain.birthday import Birthday
from customer.domain.customer import EXTRA, CustomerGroup, CustomerKind
from customer.domain.errors import FieldRefused
from customer.domain.import_job import ImportForm
from customer.domain.owner import OwnerQuery
from customer.rpc import words

Values = dict[str, Any]
_BELOW_EXTRA = f"{EXTRA}."


def customer_filter(request: pb.ListCustomersRequest) -> CustomerFilter:
    """Reads which customers are wanted."""
    return CustomerFilter(
        query=request.query[:100],
        kinds=tuple(_word(words.KIND_WORDS, kind, "kinds") for kind in request.kinds),
        groups=tuple(_word(words.GROUP_WORDS, group, "groups") for group in request.groups),
        community_id=request.community_id,
        bureau_id=request.bureau_id,
        owner_number=request.owner_number,
        order_by=request.order_by or "name",
    )


def new_customer(message: pb.Customer) -> Values:
    """Reads every field a new customer may come with."""
    values = {field: read(message) for field, read in _FIELDS.items()}
    return {**values, EXTRA: _extra(message, message.extra)} if message.extra else values


def changed_fields(request: pb.UpdateCustomerRequest) -> Values:
    """Reads the fields named in the request."""
    values: Values = {}
    added = [field.removeprefix(_BELOW_EXTRA) for field in request.fields if field.startswith(_BELOW_EXTRA)]
    if EXTRA in request.fields:
        # The map as a whole sets what it has; what it has not may be hidden from the caller and stays.
        added += request.customer.extra
    if added:
        values[EXTRA] = _extra(request.customer, added)
    for field in request.fields:
        if field == EXTRA or field.startswith(_BELOW_EXTRA):
            continue
        read = _FIELDS.get(field)
        if read is None or field == "customer_number":
            raise FieldRefused(field, "FIELD_NOT_CHANGEABLE")
        values[field] = read(request.customer)
    return values


def appointment(message: pb.Appointment) -> Values:
    """Reads a booking."""
    return {
        "customer_id": message.customer_id,
        "kind": AppointmentKind(words.APPOINTMENT_WORDS[message.kind]) if message.kind else None,
        "starts_at": message.starts_at.ToDatetime(UTC) if message.HasField("starts_at") else None,
        "place": message.place.strip(),
        "contact_name": message.contact_name.strip(),
        "contact_phone": message.contact_phone.strip(),
        "note": message.note.strip(),
    }


def owner_queries(request: pb.FindOwnersRequest) -> list[OwnerQuery]:
    """Reads what is known of whoever is looked for."""
    return [
        OwnerQuery(
            subscriber_number=query.subscriber_number.strip(),
            account_number=query.account_number.strip(),
            customer_number=query.customer_number.strip(),
            address=query.address.strip(),
            community=query.community.strip(),
        )
        for query in request.queries
    ]


def import_form(file: pb.ImportFile) -> ImportForm:
    """Reads what a file holds."""
    return ImportForm(_word(words.IMPORT_FORM_WORDS, file.form, "form"))


def _extra(message: pb.Customer, names: Iterable[str]) -> dict[str, str]:
    return {name: message.extra[name].strip() if name in message.extra else "" for name in names}


def _text(field: str) -> Callable[[pb.Customer], Any]:
    return lambda message: getattr(message, field).strip() or None


def _date(field: str) -> Callable[[pb.Customer], Any]:
    def read(message: pb.Customer) -> date | None:
        written = getattr(message, field)
        try:
            return date.fromisoformat(written) if written else None
        except ValueError as error:
            raise FieldRefused(field, "DATE_INVALID") from error

    return read


def _kind(message: pb.Customer) -> CustomerKind | None:
    return CustomerKind(_word(words.KIND_WORDS, message.kind, "kind")) if message.kind else None


def _group(message: pb.Customer) -> CustomerGroup | None:
    return CustomerGroup(_word(words.GROUP_WORDS, message.group, "group")) if message.group else None


def _birthday(message: pb.Customer) -> Birthday | None:
    if not message.HasField("birthday"):
        return None
    found = message.birthday
    return Birthday(found.month, found.day, found.year, found.lunar, found.leap_month)


def _word(known: dict[Any, str], number: int, field: str) -> str:
    word = known.get(number)
    if word is None:
        raise FieldRefused(field, "NOT_A_CHOICE")
    return word


_FIELDS: dict[str, Callable[[pb.Customer], Any]] = {
    "customer_number": _text("customer_number"),
    "kind": _kind,
    "group": _group,
    "name": _text("name"),
    "phone": _text("phone"),
    "community_id": _text("community_id"),
    "owner_number": _text("owner_number"),
    "seat_number": _text("seat_number"),
    "birthday": _birthday,
    "store_anniversary": _date("store_anniversary"),
    "address": _text("address"),
    "joined_on": _date("joined_on"),
    "id_card": _text("id_card"),
    "note": _text("note"),
}
