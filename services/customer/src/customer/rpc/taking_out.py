"""How customers are taken out as files, and how the permission editor looks at them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2 as pb
from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.database import Unit
from chassis.exports import Source
from chassis.paging import Page
from chassis.probe import Probed
from chassis.rights import RowFacts
from customer.domain.extra import Extras
from customer.rpc import messages, requests
from customer.rpc.shown import FORMS, without_removed
from customer.storage.customers import CustomerFilter, anyone, list_page
from customer.storage.reach import CUSTOMER, facts

KnownExtras = Callable[[], Extras]
EXPORT = access_pb2.ACTION_EXPORT


def filter_text(request: pb.StartExportRequest) -> str:
    """Answers the filter of an export as it is kept: the list's own request without its page."""
    wanted = pb.ListCustomersRequest()
    wanted.CopyFrom(request.filter)
    wanted.ClearField("page")
    requests.customer_filter(wanted)
    return json_format.MessageToJson(wanted, indent=None, ensure_ascii=False)


def _filter(text: str) -> CustomerFilter:
    return requests.customer_filter(json_format.Parse(text, pb.ListCustomersRequest()))


def _count(unit: Unit, text: str) -> int:
    return list_page(unit, _filter(text), Page(1, None, with_total=True), EXPORT).total or 0


def _rows(extras: KnownExtras, unit: Unit, text: str, size: int) -> Iterator[tuple[Message, RowFacts]]:
    wanted, page = _filter(text), Page(size, None, with_total=False)
    while True:
        found = list_page(unit, wanted, page, EXPORT)
        rows: Sequence[Any] = found.rows
        for row in rows:
            message = without_removed(messages.plain_customer(row), extras())
            message.owner_name = unit.access.name_of(row.owner_number)
            message.seat_name = unit.access.name_of(row.seat_number or "")
            yield message, facts(row)
        if found.next_after is None:
            return
        page = Page(size, found.next_after, with_total=False)


def _find(extras: KnownExtras, unit: Unit, record: str) -> tuple[Message, RowFacts] | None:
    found = anyone(unit, record)
    return None if found is None else (without_removed(messages.plain_customer(found), extras()), facts(found))


def _some(extras: KnownExtras, unit: Unit, size: int) -> tuple[Sequence[tuple[Message, RowFacts]], int]:
    found = list_page(unit, CustomerFilter(order_by="customer_number"), Page(size, None, with_total=True))
    rows: Sequence[Any] = found.rows
    return [(without_removed(messages.plain_customer(row), extras()), facts(row)) for row in rows], found.total or 0


def _titles(extras: KnownExtras) -> dict[str, str]:
    return {field.path: field.title_zh or field.name for _, field in sorted(extras().items())}


def _label(message: Any) -> str:
    return str(message.customer_number)


def sources(extras: KnownExtras) -> dict[str, Source]:
    """Answers the forms that can be taken out."""
    below = partial(_titles, extras)
    return {CUSTOMER: Source(FORMS.by_name[CUSTOMER], "客户", _count, partial(_rows, extras), below)}


def probed(extras: KnownExtras) -> dict[str, Probed]:
    """Answers the forms that the permission editor may look at."""
    return {CUSTOMER: Probed(partial(_find, extras), partial(_some, extras), _label)}
