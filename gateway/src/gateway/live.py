"""`GET /live`: what changes on the server appears in the browser, and nobody hears of what they may not see.

One subscription a gateway, fanned out to its browsers. An event is a hint, not the truth: who missed some is told to
ask again (`event: resync`), so a slow browser costs a bounded queue and never the others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import grpc
import orjson
import structlog
from crm.common.v1 import access_pb2
from crm.dispatch.v1 import dispatch_events_pb2 as events
from crm.dispatch.v1.dispatch_pb2 import Task
from fastapi import Request
from nats.aio.msg import Msg
from starlette.responses import StreamingResponse

from chassis.access import AccessBook
from chassis.identity import Actor
from chassis.nats import Bus
from gateway.admission import Admission
from gateway.edge import headers_of
from gateway.problems import refused
from gateway.sessions import Kept

log = structlog.get_logger()
FORM: Final = "dispatch.task"
_SUBJECT: Final = "crm.dispatch.task.*.v1"
_HEARTBEAT_SECONDS = 15.0
_WAITING_MOST = 64
_STREAMS_OF_ONE_SESSION = 16

_HEARTBEAT = b":\n\n"
_HELLO = b"retry: 2000\n: live\n\n"
_RESYNC = b"event: resync\ndata: {}\n\n"
_SESSION_ENDED = b"event: session-ended\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class Hint:
    """What the browsers are told, and whose rows it is about."""

    data: bytes
    owners: tuple[str, ...]
    # Places any one of which will do: (community, bureau).
    places: frozenset[tuple[str, str]]
    keepers: tuple[str, ...] = ()


def _of_task(change: str, event: Any, *also: str) -> Hint:
    task: Task = event.task
    data = orjson.dumps({"id": task.id, "version": task.version, "change": change})
    owners = tuple(number for number in (task.owner_number, task.seat_number, *also) if number)
    places = frozenset({(task.community_id, task.bureau_id)})
    return Hint(b"event: task\ndata: " + data + b"\n\n", owners, places, tuple(event.customer_keepers))


def _assigned(data: bytes, _: AccessBook) -> Hint:
    event = events.TaskAssigned.FromString(data)
    # Who had it before may see that it is gone.
    return _of_task("assigned", event, event.previous_owner_number)


def _generated(data: bytes, access: AccessBook) -> Hint:
    event = events.TasksGenerated.FromString(data)
    people = [person for number in event.owner_numbers if (person := access.person(number)) is not None]
    places = {("", bureau) for person in people for bureau in person.bureau_ids}
    places |= {(community, "") for person in people for community in person.community_ids}
    body = orjson.dumps({"id": "", "version": 0, "change": "generated"})
    owners = tuple(event.owner_numbers)
    # Tasks of occasions go to who keeps the customer.
    return Hint(b"event: task\ndata: " + body + b"\n\n", owners, frozenset(places) or frozenset({("", "")}), owners)


def _plain(change: str, kind: Any) -> Callable[[bytes, AccessBook], Hint]:
    return lambda data, _: _of_task(change, kind.FromString(data))


_READ: dict[str, Callable[[bytes, AccessBook], Hint]] = {
    "created": _plain("created", events.TaskCreated),
    "generated": _generated,
    "assigned": _assigned,
    "accepted": _plain("accepted", events.TaskAccepted),
    "completed": _plain("completed", events.TaskCompleted),
    "cancelled": _plain("cancelled", events.TaskCancelled),
    "moved": _plain("moved", events.TaskMoved),
    "overdue": _plain("overdue", events.TaskBecameOverdue),
    "written-back": _plain("written-back", events.TaskWrittenBack),
}


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream of one browser."""

    key: str
    actor: Actor
    waiting: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue[bytes](_WAITING_MOST))
    over: bool = False

    def tell(self, text: bytes) -> None:
        """Adds to what waits; a browser that does not keep up is told to ask again instead."""
        try:
            self.waiting.put_nowait(text)
        except asyncio.QueueFull:
            self._empty()
            self.waiting.put_nowait(_RESYNC)

    def close(self, last: bytes = b"") -> None:
        """Ends the stream after one last word."""
        self.over = True
        self._empty()
        self.waiting.put_nowait(last)

    def _empty(self) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()


@dataclass
class Live:
    """Every open stream of this gateway."""

    bus: Bus
    access: AccessBook
    admission: Admission
    _listeners: dict[str, set[Listener]] = field(default_factory=dict[str, set[Listener]])

    async def run(self) -> None:
        """Hears the branch's events for ever; raises when the broker is away, and is started again by its caller."""
        subscription = await self.bus.client.subscribe(_SUBJECT)
        reconnects = self.bus.client.stats["reconnects"]
        self.resync()
        try:
            while True:
                try:
                    message = await subscription.next_msg(timeout=2)
                except TimeoutError:
                    message = None
                if reconnects != self.bus.client.stats["reconnects"]:
                    # What was said meanwhile is not said again.
                    reconnects = self.bus.client.stats["reconnects"]
                    self.resync()
                if message is not None:
                    self._hear(message)
        finally:
            await subscription.unsubscribe()

    def _hear(self, message: Msg) -> None:
        read = _READ.get(message.subject.split(".")[3])
        if read is None or not self._listeners:
            return
        try:
            hint = read(message.data, self.access)
        except Exception as error:
            log.warning("an event cannot be read", subject=message.subject, error=repr(error))
            return
        for listeners in self._listeners.values():
            for listener in listeners:
                if self._sees(listener.actor, hint):
                    listener.tell(hint.data)

    def _sees(self, actor: Actor, hint: Hint) -> bool:
        present = self._present(actor)
        return present.active and any(
            self.access.sees(
                present,
                FORM,
                access_pb2.ACTION_SEE,
                owners=hint.owners,
                customer_keepers=hint.keepers,
                community=community,
                bureau=bureau,
            )
            for community, bureau in hint.places
        )

    def _present(self, actor: Actor) -> Actor:
        """The person as the branch knows them now: a role taken away bites at once."""
        person = self.access.person(actor.id)
        if person is None:
            return actor
        return replace(
            actor,
            roles=frozenset(person.roles),
            bureau_ids=frozenset(person.bureau_ids),
            community_ids=frozenset(person.community_ids),
            active=person.active,
        )

    def resync(self) -> None:
        """Tells every browser to ask again."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(_RESYNC)

    def session_ended(self, key: str, _: str) -> None:
        """Closes the streams of a session."""
        for listener in self._listeners.get(key, set()):
            listener.close(_SESSION_ENDED)

    def close(self) -> None:
        """Closes every stream: the gateway stops, and browsers find another or come back."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()

    async def answer(self, request: Request) -> StreamingResponse:
        """Opens a stream for a signed-in person."""
        kept = await self.admission.person(headers_of(request.scope))
        listener = self._open(kept)
        if "last-event-id" in request.headers:
            listener.tell(_RESYNC)
        return StreamingResponse(
            self._stream(listener),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    def _open(self, kept: Kept) -> Listener:
        listeners = self._listeners.setdefault(kept.key, set())
        if len(listeners) >= _STREAMS_OF_ONE_SESSION:
            message = "close another page first"
            raise refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS", message)
        session = kept.session
        actor = Actor(kind="person", id=session.staff_number, name=session.name, roles=frozenset(session.roles))
        listener = Listener(kept.key, actor)
        listeners.add(listener)
        return listener

    async def _stream(self, listener: Listener) -> AsyncIterator[bytes]:
        try:
            yield _HELLO
            while True:
                try:
                    text = await asyncio.wait_for(listener.waiting.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    text = _HEARTBEAT
                if text:
                    yield text
                if listener.over:
                    return
        finally:
            self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        listeners = self._listeners.get(listener.key, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(listener.key, None)
