"""Events that concern support → the action that takes them."""

from datetime import UTC
from typing import Any

from crm.common.v1 import view_events_pb2
from crm.gateway.v1 import gateway_events_pb2 as pb
from crm.support.v1 import systems_events_pb2

from chassis.database import Unit as Work
from chassis.nats import On
from support.actions.record_audit import record_system_use, record_views
from support.actions.sign_ins import record_sign_in, record_sign_out
from support.domain.sign_in import SignIn

# Every service that shows records says so under its own name.
SERVICES = ("customer", "dispatch", "support")


def subscriptions() -> list[On[Any]]:
    """Answer what support listens to."""
    return [
        On("crm.gateway.session.started.v1", pb.SessionStarted.FromString, _started),
        On("crm.gateway.session.ended.v1", pb.SessionEnded.FromString, _ended),
        On("crm.support.system.opened.v1", systems_events_pb2.SystemOpened.FromString, _opened),
        *(On(f"crm.{name}.record.viewed.v1", view_events_pb2.RecordsViewed.FromString, _viewed) for name in SERVICES),
    ]


def _started(work: Work, event: pb.SessionStarted) -> None:
    stay = SignIn(
        id=event.session_id,
        staff_number=event.staff_number,
        name=event.name,
        ip=event.ip,
        user_agent=event.user_agent,
        signed_in_at=event.started_at.ToDatetime(UTC),
    )
    record_sign_in(work, stay)


def _ended(work: Work, event: pb.SessionEnded) -> None:
    record_sign_out(work, event.session_id, event.staff_number, event.ended_by, event.ended_at.ToDatetime(UTC))


def _viewed(work: Work, event: view_events_pb2.RecordsViewed) -> None:
    record_views(
        work,
        [
            (view.actor.id, view.actor.name, view.actor.ip, view.form, view.record_id, view.at.ToDatetime(UTC))
            for view in event.views
        ],
    )


def _opened(work: Work, event: systems_events_pb2.SystemOpened) -> None:
    by = event.actor
    record_system_use(work, by.id, by.name, by.ip, event.code, event.outcome, event.at.ToDatetime(UTC))
