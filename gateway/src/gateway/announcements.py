"""Sign-ins and their ends as events for the branch's records.

The session's own record is the outbox: it says whether the event is stored, and is swept until it is. So an event is
lost neither with the broker nor with this process, and is said twice at most under one id.
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from crm.gateway.v1.gateway_events_pb2 import SessionEnded, SessionStarted
from google.protobuf.timestamp_pb2 import Timestamp

from chassis import telemetry
from chassis.nats import Bus
from gateway.sessions import Session

STARTED = "crm.gateway.session.started.v1"
ENDED = "crm.gateway.session.ended.v1"


class Announcements:
    """Says what happened to sessions."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def started(self, session: Session) -> None:
        """Says that somebody signed in; returns once the broker has stored it."""
        event = SessionStarted(
            session_id=session.id,
            staff_number=session.staff_number,
            name=session.name,
            ip=session.ip,
            user_agent=session.user_agent,
            started_at=_moment(session.started_at),
        )
        await self._say(STARTED, session, session.started_at, event.SerializeToString())

    async def ended(self, session: Session) -> None:
        """Says that a session ended; returns once the broker has stored it."""
        event = SessionEnded(
            session_id=session.id,
            staff_number=session.staff_number,
            ended_by=session.ended_by,
            ended_at=_moment(session.ended_at),
        )
        await self._say(ENDED, session, session.ended_at, event.SerializeToString())

    async def _say(self, subject: str, session: Session, at: float, payload: bytes) -> None:
        await self._bus.ensure_stream(subject)
        await self._bus.send(
            # The same event has the same id, whichever gateway says it and however often.
            event_id=str(uuid5(NAMESPACE_URL, f"{subject}/{session.id}")),
            subject=subject,
            kind=subject,
            entity_id=session.id,
            at=datetime.fromtimestamp(at, UTC),
            payload=payload,
            traceparent=telemetry.traceparent(),
        )


def _moment(at: float) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(datetime.fromtimestamp(at, UTC))
    return moment
