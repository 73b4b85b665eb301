"""TMF697 work orders and ours, both directions: pure functions and one table.

dispatch stores the document as it was sent and owns id, state and dates; what it made of each item comes back beside it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import grpc
import orjson
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.problems import Problem, refused
from gateway.tmf.tmf630 import Resource, as_list, as_object, is_object

# Where each thing dispatch needs may stand in an item, first found first; a leading slash means on the order itself.
# gateway/README.md shows the same table to the outside.
SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("work.workCharacteristic[name=kind].value", "work.workType", "/category"),
    "title": (
        "work.workCharacteristic[name=title].value",
        "work.name",
        "description",
        "work.description",
        "/description",
        "work.workType",
        "/category",
    ),
    "description": ("work.description", "description", "note.text", "/description"),
    "due_at": (
        "work.workCharacteristic[name=dueAt].value",
        "work.expectedCompletionDate",
        "work.deliveryTimeSlot.endDateTime",
        "/requestedCompletionDate",
        "/expectedCompletionDate",
    ),
    "priority": ("work.workPriority", "/priority"),
    "subscriber_number": (
        "work.workCharacteristic[name=subscriberNumber].value",
        "relatedEntity[@referredType=Subscriber].id",
        "relatedEntity[role=subscriber].id",
        "/relatedEntity[@referredType=Subscriber].id",
        "/relatedEntity[role=subscriber].id",
    ),
    "account_number": (
        "work.workCharacteristic[name=accountNumber].value",
        "billingAccount.id",
        "/billingAccount.id",
    ),
    "customer_number": (
        "work.workCharacteristic[name=customerNumber].value",
        "work.relatedParty[role=customer].id",
        "work.relatedParty[@referredType=Customer].id",
        "/relatedParty[role=customer].id",
        "/relatedParty[@referredType=Customer].id",
    ),
    "address": (
        "work.workCharacteristic[name=address].value",
        "work.place[role=installationAddress].name",
        "work.place[@type=GeographicAddress].name",
        "work.place[role=address].name",
        "/place.name",
    ),
    "community": (
        "work.workCharacteristic[name=community].value",
        "work.place[role=community].id",
        "work.place[role=community].name",
        "relatedEntity[role=community].id",
        "/relatedEntity[role=community].id",
    ),
}
_STEP = re.compile(r"([@\w]+)(?:\[([@\w]+)=([@\w]+)\])?")

STATES: Final = frozenset(
    {
        "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled",
        "completed", "failed", "partial", "assessingCancellation", "pendingCancellation",
    }
)  # fmt: skip
# What the server owns: sent with a create it is ignored, a patch must leave it as it is.
OWNED: Final = (
    "id", "href", "state", "orderDate", "stateChangeDate", "completionDate", "cancellationDate",
)  # fmt: skip
_FIXED: Final = (*(name for name in OWNED if name != "state"), "@type", "@baseType", "@schemaLocation", "externalId")
_LISTS: Final = (
    "agreement", "channel", "order", "orderTotalPrice", "payment", "quote", "relatedEntity", "relatedParty",
    "workOrderItem", "workOrderRelationship",
)  # fmt: skip
_OBJECTS: Final = ("appointment", "billingAccount", "note", "place")
_TEXTS: Final = (
    "cancellationReason", "category", "description", "externalId", "notificationContact", "priority", "version",
    "@type", "@baseType", "@schemaLocation",
)  # fmt: skip
_DATES: Final = ("expectedCompletionDate", "requestedCompletionDate", "requestedStartDate", "startDate")

_OUTCOME: Final = "crmOutcome"
_AUTHOR: Final = "CRM"
TYPE: Final = "WorkOrder"
REQUESTED_AT: Final = "requestedCancellationDate"


def read_document(sent: Resource) -> Resource:
    """The document to keep: checked, without what the server owns. Unknown attributes stay."""
    document = {name: value for name, value in sent.items() if name not in OWNED and value is not None}
    document.setdefault("@type", TYPE)
    _check(document)
    document["workOrderItem"] = [_item_to_keep(item) for item in document["workOrderItem"]]
    return document


def _check(document: Resource) -> None:
    for names, kind, word in ((_LISTS, list, "a list"), (_OBJECTS, dict, "an object"), (_TEXTS, str, "a text")):
        for name in names:
            if name in document and not isinstance(document[name], kind):
                raise wrong(name, f"{name} must be {word}")
    for name in _DATES:
        if name in document and _date(document[name]) is None:
            raise wrong(name, f"{name} must be a date and time as RFC 3339 writes it")
    items = as_list(document.get("workOrderItem"))
    if not items:
        raise wrong("workOrderItem", "workOrderItem is mandatory and has at least one item")
    for place, item in enumerate(items):
        if not is_object(item):
            raise wrong(f"workOrderItem[{place}]", "an item must be an object")
        for name in ("id", "action"):
            text = as_object(item).get(name)
            if not isinstance(text, str) or not text:
                raise wrong(f"workOrderItem[{place}].{name}", f"{name} is mandatory in an item and must be a text")


def _item_to_keep(item: Resource) -> Resource:
    """An item without what we added when we showed it: a client may send back what it read."""
    kept = {name: value for name, value in item.items() if name != "state"}
    if as_object(kept.get("note")).get("author") == _AUTHOR:
        del kept["note"]
    work = as_object(kept.get("work"))
    characteristics = as_list(work.get("workCharacteristic"))
    others = [each for each in characteristics if as_object(each).get("name") != _OUTCOME]
    if len(others) < len(characteristics):
        rest = {name: value for name, value in work.items() if name != "workCharacteristic"}
        cleaned = {**rest, "workCharacteristic": others} if others else rest
        kept = {name: value for name, value in kept.items() if name != "work"} | ({"work": cleaned} if cleaned else {})
    return kept


def read_items(document: Resource) -> list[pb.WorkOrderItemInput]:
    """What dispatch needs of each item, by the table."""
    return [
        pb.WorkOrderItemInput(id=item["id"], **{name: _first(paths, item, document) for name, paths in SOURCES.items()})
        for item in document["workOrderItem"]
    ]


def _first(paths: tuple[str, ...], item: Resource, order: Resource) -> str:
    found = (_look(order if path.startswith("/") else item, path.lstrip("/")) for path in paths)
    return next((text for text in found if text), "")


def _look(start: Resource, path: str) -> str:
    here: object = start
    for name, attribute, word in _STEP.findall(path):
        here = as_object(here).get(name)
        if attribute:
            here = next((row for row in as_list(here) if _same(as_object(row).get(attribute), word)), None)
    if isinstance(here, bool) or not isinstance(here, str | int | float):
        return ""
    return str(here).strip()


def _same(found: object, word: str) -> bool:
    return isinstance(found, str) and found.lower() == word.lower()


def dump(document: Resource) -> str:
    """The document as dispatch keeps it; the order in which a client writes its attributes makes no difference."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def show(order: pb.WorkOrder, url: str) -> Resource:
    """A work order as the outside sees it."""
    document = document_of(order)
    items: list[Resource] = as_list(document.get("workOrderItem"))
    shown: Resource = {
        "id": order.id,
        "href": f"{url}/{order.id}",
        **document,
        "state": order.state,
        "orderDate": moment(order.created_at),
        "stateChangeDate": moment(order.state_changed_at),
        "workOrderItem": [
            _show_item(sent, order.items[place] if place < len(order.items) else None, order)
            for place, sent in enumerate(items)
        ],
        "@type": document.get("@type", TYPE),
    }
    if order.HasField("completed_at"):
        shown["completionDate"] = moment(order.completed_at)
    if REQUESTED_AT in document:
        shown["cancellationDate"] = moment(order.state_changed_at)
    return shown


def document_of(order: pb.WorkOrder) -> Resource:
    """The document as it is kept."""
    return orjson.loads(order.document_json or "{}")


def _show_item(sent: Resource, item: pb.WorkOrderItem | None, order: pb.WorkOrder) -> Resource:
    if item is None:
        return sent
    word = "accepted" if item.accepted else "refused"
    told: Resource = {"accepted": item.accepted, "reason": item.reason}
    more = {
        "field": item.field, "value": item.value, "taskId": item.task_id,
        "ownerNumber": item.owner_number, "ownerName": item.owner_name,
    }  # fmt: skip
    told |= {name: value for name, value in more.items() if value}
    work: Resource = dict(sent.get("work") or {})
    characteristic = {"name": _OUTCOME, "valueType": "object", "value": told}
    work["workCharacteristic"] = [*(work.get("workCharacteristic") or []), characteristic]
    where = f" ({item.field}: {item.value})" if item.field else ""
    note = {"author": _AUTHOR, "date": moment(order.created_at), "text": f"{word}: {item.reason}{where}"}
    return {**sent, "state": item.state, "work": work, "note": sent.get("note") or note}


def moment(at: Timestamp) -> str:
    """An instant as RFC 3339 writes it, to the microsecond: what is sent back as a filter finds the same row."""
    return at.ToDatetime(UTC).isoformat().replace("+00:00", "Z")


def refuse_fixed(before: Resource, after: Resource) -> None:
    """Refuses a patch of what cannot be patched, and of the items, which have become tasks."""
    for name in _FIXED:
        if before.get(name) != after.get(name):
            raise wrong(name, f"{name} cannot be changed", reason="ATTRIBUTE_NOT_PATCHABLE")
    if _item_ids(before) != _item_ids(after):
        raise wrong("workOrderItem", "items can be neither added nor removed", reason="ATTRIBUTE_NOT_PATCHABLE")


def _item_ids(resource: Resource) -> list[Any]:
    return [as_object(row).get("id") for row in as_list(resource.get("workOrderItem"))]


def new_state(before: Resource, after: Resource) -> str:
    """The state a patch asks for; empty when it leaves it. Only `cancelled` can be asked for."""
    state = after.get("state")
    if state == before.get("state"):
        return ""
    if state not in STATES:
        raise wrong("state", f"state must be one of {', '.join(sorted(STATES))}")
    if state != "cancelled":
        message = f"an order cannot be moved from {before.get('state')} to {state} from outside"
        raise refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_TRANSITION_FORBIDDEN", message, state=str(state))
    return "cancelled"


def show_cancel(order: pb.WorkOrder, url: str, order_url: str) -> Resource:
    """The cancellation of a work order, as the task resource TMF697 makes of it."""
    document = document_of(order)
    shown: Resource = {
        "id": order.id,
        "href": f"{url}/{order.id}",
        "requestedCancellationDate": document.get(REQUESTED_AT, moment(order.state_changed_at)),
        "effectiveCancellationDate": moment(order.state_changed_at),
        "state": "done",
        "workOrder": {"id": order.id, "href": f"{order_url}/{order.id}", "@referredType": TYPE},
        "@type": "CancelWorkOrder",
    }
    if reason := document.get("cancellationReason"):
        shown["cancellationReason"] = reason
    return shown


def _date(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def read_cancel(sent: Resource, now: datetime) -> tuple[str, str, str]:
    """Which order is to be cancelled, why, and when that was asked for."""
    order_id = as_object(sent.get("workOrder")).get("id")
    if not isinstance(order_id, str) or not order_id:
        raise wrong("workOrder.id", "workOrder with its id is mandatory")
    reason = sent.get("cancellationReason") or ""
    asked_at = sent.get(REQUESTED_AT) or now.isoformat().replace("+00:00", "Z")
    if not isinstance(reason, str):
        raise wrong("cancellationReason", "cancellationReason must be a text")
    if _date(asked_at) is None:
        raise wrong(REQUESTED_AT, f"{REQUESTED_AT} must be a date and time as RFC 3339 writes it")
    return order_id, reason, asked_at


def wrong(field: str, message: str, reason: str = "ATTRIBUTE_INVALID") -> Problem:
    """The refusal of an attribute."""
    return refused(grpc.StatusCode.INVALID_ARGUMENT, reason, message, field=field)
