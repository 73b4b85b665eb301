"""Events that concern the archive → the action that takes them."""

from typing import Any

from crm.common.v1 import person_pb2
from crm.support.v1 import access_events_pb2
from crm.support.v1 import organisation_events_pb2 as pb

from chassis.exports import Exports
from chassis.nats import On
from customer.actions.follow_organisation import follow_units, take_over
from customer.domain.organisation_events import Doer, UnitsMoved, WorkHandedOver

_KINDS = {
    person_pb2.Actor.KIND_PERSON: "person",
    person_pb2.Actor.KIND_SYSTEM: "system",
    person_pb2.Actor.KIND_SERVICE: "service",
}


def subscriptions(exports: Exports) -> list[On[Any]]:
    """Answers what the archive listens to."""
    return [
        On("crm.support.units.moved.v1", read_moved, follow_units),
        On("crm.support.work.handed-over.v1", read_handed_over, take_over),
        On("crm.support.approval.decided.v1", access_events_pb2.ApprovalDecided.FromString, exports.decided),
    ]


def read_moved(data: bytes) -> UnitsMoved:
    """Reads which units moved."""
    event = pb.UnitsMoved.FromString(data)
    communities = {each.community_id: each.bureau_id for each in event.communities}
    return UnitsMoved(communities, event.ended_bureau_id, event.into_bureau_id, _doer(event.by), event.cause)


def read_handed_over(data: bytes) -> WorkHandedOver:
    """Reads whose work goes to whom."""
    event = pb.WorkHandedOver.FromString(data)
    communities = tuple(event.community_ids)
    return WorkHandedOver(event.from_number, event.to_number, communities, _doer(event.by), event.cause)


def _doer(actor: person_pb2.Actor) -> Doer:
    return Doer(_KINDS.get(actor.kind, "service"), actor.id, actor.name, actor.ip)
