"""Events that concern support → the action that takes them."""

from datetime import UTC
from typing import Any

from crm.gateway.v1 import gateway_events_pb2 as pb

from chassis.database import Unit as Work
from chassis.nats import On
from support.actions.sign_ins import record_sign_in, record_sign_out
from support.domain.sign_in import SignIn


def subscriptions() -> list[On[Any]]:
    """Answer what support listens to."""
    return [
        On("crm.gateway.session.started.v1", pb.SessionStarted.FromString, _started),
        On("crm.gateway.session.ended.v1", pb.SessionEnded.FromString, _ended),
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
