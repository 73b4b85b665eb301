"""Facts of the organisation → subject and contract bytes."""

from crm.common.v1 import person_pb2
from crm.support.v1 import organisation_events_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.database import Outgoing
from support.domain.organisation_events import Doer, UnitsMoved, WorkHandedOver
from support.messaging.publish import PACKERS

UNITS_MOVED = "crm.support.units.moved.v1"
WORK_HANDED_OVER = "crm.support.work.handed-over.v1"
_KINDS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def _units_moved(event: UnitsMoved) -> Outgoing:
    message = pb.UnitsMoved(
        communities=[
            pb.CommunityMoved(community_id=community, bureau_id=bureau) for community, bureau in event.communities
        ],
        ended_bureau_id=event.ended_bureau_id,
        into_bureau_id=event.into_bureau_id,
        by=_actor(event.by),
        at=_moment(event.at.timestamp()),
        cause=event.cause,
    )
    return Outgoing(UNITS_MOVED, message.SerializeToString(), message.DESCRIPTOR.full_name, event.cause)


def _work_handed_over(event: WorkHandedOver) -> Outgoing:
    message = pb.WorkHandedOver(
        from_number=event.from_number,
        to_number=event.to_number,
        community_ids=event.community_ids,
        by=_actor(event.by),
        at=_moment(event.at.timestamp()),
        cause=event.cause,
    )
    return Outgoing(WORK_HANDED_OVER, message.SerializeToString(), message.DESCRIPTOR.full_name, event.cause)


def _actor(by: Doer) -> person_pb2.Actor:
    return person_pb2.Actor(kind=_KINDS[by.kind], id=by.id, name=by.name, ip=by.ip)


def _moment(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMicroseconds(round(seconds * 1_000_000))
    return stamp


PACKERS[UnitsMoved] = _units_moved
PACKERS[WorkHandedOver] = _work_handed_over
