"""Tasks follow the organisation: into another bureau with their community, and to a successor."""

from typing import Any

from chassis.database import Unit
from chassis.identity import Actor
from dispatch.actions.announce import announce
from dispatch.actions.traces import before, trace_changes
from dispatch.domain.organisation_events import UnitsMoved, WorkHandedOver
from dispatch.domain.words import Doer
from dispatch.storage import following

_AT_ONCE = 200


def follow_units(unit: Unit, event: UnitsMoved) -> None:
    """Puts the tasks of communities, and the copies of their customers, into their new bureau."""
    _act_for(unit, event.by)
    for community_id, bureau_id in event.communities.items():
        following.put_in_bureau(unit, following.of_community(community_id, bureau_id), bureau_id, event.cause)
        following.put_copies_in_bureau(unit, community_id, bureau_id)
    if event.ended_bureau_id:
        ended, into = event.ended_bureau_id, event.into_bureau_id
        following.put_in_bureau(unit, following.of_bureau(ended), into, event.cause)
        following.copies_left_in(unit, ended, into)


def take_over(unit: Unit, event: WorkHandedOver) -> None:
    """Gives somebody's open tasks to a successor, who has yet to accept them."""
    _act_for(unit, event.by)
    while found := following.open_of(unit, event.from_number, event.community_ids, _AT_ONCE):
        said: list[Any] = []
        for task in found:
            was = before(task)
            said.append(task.hand_over(event.from_number, event.to_number))
            trace_changes(unit, task, was, event.cause)
        announce(unit, *said)
        unit.flush()
        unit.session.expunge_all()


def _act_for(unit: Unit, by: Doer) -> None:
    # The history names who reorganised, not the service that follows.
    kind = "person" if by.kind == "person" else "service" if by.kind == "service" else "system"
    unit.actor = Actor(kind=kind, id=by.id, name=by.name, ip=by.ip)
