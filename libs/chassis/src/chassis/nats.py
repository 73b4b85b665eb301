"""JetStream: streams, publishing with acknowledgement, and consumers whose effect and inbox row are one transaction.

Events are protobuf in CloudEvents binary mode (headers `ce-*`, `traceparent`); subjects `crm.<service>.<noun>.<past-verb>.v1`.
"""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import AuthorizationError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NoStreamResponseError, NotFoundError
from opentelemetry.trace import SpanKind

from chassis.clock import Clock, SystemClock
from chassis.database import Database, Unit
from chassis.identity import Actor, service_actor
from chassis.inbox import bury, once
from chassis.subjects import CANARY as CANARY
from chassis.subjects import consumer_name as consumer_name
from chassis.subjects import stream_of as stream_of
from chassis.telemetry import as_header, counter, parent, span
from chassis.tls import Certificates

log = structlog.get_logger()
_handled = counter("crm.events.handled", "events whose effect was committed")
_buried = counter("crm.events.buried", "events given up to the dead letters")
M = TypeVar("M")
MAX_TRIES = 8
ACK_WAIT = 30.0


@dataclass(frozen=True)
class On(Generic[M]):
    """A subscription: which subject, how its payload is read, and which action takes it. Order per subject is kept."""

    subject: str
    parse: Callable[[bytes], M]
    action: Callable[[Unit, M], None]
    batch: int = 50


@dataclass
class Bus:
    """The connection to the broker, as the user that has the service's own name."""

    url: str
    service: str
    password: str = ""
    certificates: Certificates | None = None
    client: Client = field(default_factory=Client)
    _streams: dict[str, str] = field(default_factory=dict[str, str])
    _complaint: str = ""

    @property
    def jetstream(self) -> JetStreamContext:
        """The JetStream of the connection."""
        return self.client.jetstream(timeout=5)

    async def connect(self) -> None:
        """Connects, and keeps trying for ever: the broker may come later than we do."""
        self.client = await nats.connect(
            self.url,
            name=self.service,
            user=self.service if self.password else None,
            password=self.password or None,
            # Its files are read again before every handshake, so also when the broker came back.
            tls=self.certificates.client_context() if self.certificates else None,
            # Nobody may listen to the answers of others: a user hears its own inbox only.
            inbox_prefix=f"_INBOX.{self.service}",
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            ping_interval=5,
            max_outstanding_pings=2,
            error_cb=self._complain,
            connect_timeout=5,
        )

    async def _complain(self, error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            # Never a passing trouble: the line that allows it is missing in deploy/trust (broker_users.py).
            log.error("the broker refuses this service something", error=str(error))
        elif isinstance(error, ssl.SSLError | AuthorizationError) and str(error) != self._complaint:
            # Tried again twice a second, said once: it stays so until somebody renews a certificate or lays the right secret.
            self._complaint = str(error)
            log.error("broker and service do not accept each other: certificate or password", error=str(error))
        else:
            log.debug("broker connection", error=repr(error))

    async def close(self) -> None:
        """Closes the connection after what was sent has left."""
        # Not drain(): it waits half a minute for fetches that have nothing to bring.
        if self.client.is_connected:
            await self.client.flush(timeout=2)
        if not self.client.is_closed:
            await self.client.close()

    async def ensure_stream(self, subject: str) -> str:
        """Makes the stream of a subject unless it is there; answers its name."""
        name, subjects = stream_of(subject)
        config = StreamConfig(
            name=name,
            subjects=[subjects],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            # Twice the outbox's memory: a consumer that was away a week still finds everything.
            max_age=14 * 24 * 3600,
            duplicate_window=120,
        )
        try:
            info = await self.jetstream.stream_info(name)
        except NotFoundError:
            info = await self.jetstream.add_stream(config)
        self._streams[name] = str(info.created)
        return name

    async def beat(self) -> None:
        """Publishes a canary and returns once it is stored: a full disk still answers pings, but not this."""
        if CANARY not in self._streams:
            await self.jetstream.add_stream(StreamConfig(name=CANARY, subjects=["canary.>"], max_msgs_per_subject=1))
            self._streams[CANARY] = ""
        try:
            await self.jetstream.publish(f"canary.{self.service}", b"", timeout=3, stream=CANARY)
        except NoStreamResponseError:
            del self._streams[CANARY]
            raise

    async def stream_created(self) -> str:
        """Answers when this service's own stream was made; makes it when it is gone."""
        name = await self.ensure_stream(f"crm.{self.service}.x")
        return self._streams[name]

    async def send(
        self,
        *,
        event_id: str,
        subject: str,
        kind: str,
        entity_id: str,
        at: datetime,
        payload: bytes,
        traceparent: str,
    ) -> None:
        """Publishes one event and returns once the broker has stored it."""
        headers = {
            "Nats-Msg-Id": event_id,
            "ce-specversion": "1.0",
            "ce-id": event_id,
            "ce-type": kind,
            "ce-source": f"/crm/{self.service}",
            "ce-time": at.isoformat(),
            "ce-subject": entity_id or "-",
            "content-type": "application/protobuf",
        }
        carrier = {"traceparent": traceparent} if traceparent else {}
        with span(f"send {subject}", SpanKind.PRODUCER, parent(carrier)) as opened:
            if opened is not None:
                headers["traceparent"] = as_header(opened.get_span_context())
            await self.jetstream.publish(subject, payload, headers=headers, timeout=5)


@dataclass
class Consumer:
    """Feeds one subscription. A message whose action fails is tried again with growing pauses; then it is buried, and the others go on."""

    bus: Bus
    database: Database
    on: On[Any]
    clock: Clock = field(default_factory=SystemClock)
    # When what is being tried again failed first, by event: told to the operator if it is given up.
    _failing: dict[str, datetime] = field(default_factory=dict[str, datetime])

    @property
    def name(self) -> str:
        """The durable name: one a service and subject."""
        return consumer_name(self.bus.service, self.on.subject)

    async def run(self) -> None:
        """Runs for ever; raises when the broker is away, and is started again by its caller."""
        stream = await self._stream()
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT, max_deliver=-1, max_ack_pending=1000)
        subscription = await self.bus.jetstream.pull_subscribe(
            self.on.subject, durable=self.name, stream=stream, config=config
        )
        idle = 0
        while True:
            try:
                messages = await subscription.fetch(self.on.batch, timeout=5)
                idle = 0
            except TimeoutError:
                idle += 1
                if idle % 2 == 0:
                    # A broker that lost its store answers a fetch with silence; asking for the consumer tells.
                    with contextlib.suppress(TimeoutError):
                        await subscription.consumer_info()
                continue
            for message in messages:
                await self._take(message)

    async def pending(self) -> int:
        """Answers how many events it has not handled yet."""
        info = await self.bus.jetstream.consumer_info(stream_of(self.on.subject)[0], self.name)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def _stream(self) -> str:
        """Answers the stream, once its owner has made it: nobody else may."""
        name, _ = stream_of(self.on.subject)
        if name == stream_of(f"crm.{self.bus.service}.x")[0]:
            return await self.bus.ensure_stream(self.on.subject)
        while True:
            try:
                await self.bus.jetstream.stream_info(name)
            except NotFoundError:
                await asyncio.sleep(1)
            else:
                return name

    async def _take(self, message: Msg) -> None:
        headers = message.headers or {}
        event_id = headers.get("ce-id") or f"{message.metadata.stream}:{message.metadata.sequence.stream}"
        tries = message.metadata.num_delivered
        actor = service_actor(self.bus.service)
        try:
            with span(f"receive {message.subject}", SpanKind.CONSUMER, parent(headers)):
                await self.database.run(actor, _effect, self.name, event_id, self.on, message.data)
        except Exception as error:
            self._failing.setdefault(event_id, self.clock.now())
            if tries < MAX_TRIES or _passing(error):
                log.warning(
                    "event will be tried again",
                    subject=message.subject,
                    event_id=event_id,
                    tries=tries,
                    error=repr(error),
                )
                await message.nak(delay=min(0.5 * 2**tries, 60))
                return
            await self._bury(message, event_id, actor, error)
            return
        self._failing.pop(event_id, None)
        _handled.add(1)
        await message.ack()

    async def _bury(self, message: Msg, event_id: str, actor: Actor, error: Exception) -> None:
        # The row first, then the end of delivery: the other way round a crash between them loses the message.
        await self.database.run(
            actor,
            bury,
            consumer=self.name,
            event_id=event_id,
            subject=message.subject,
            payload=message.data,
            headers=json.dumps(message.headers or {}),
            error=repr(error),
            tries=message.metadata.num_delivered,
            first_tried_at=self._failing.pop(event_id, self.clock.now()),
        )
        await message.term()
        _buried.add(1)
        log.error("event given up to the dead letters", subject=message.subject, event_id=event_id, error=repr(error))


def _effect(unit: Unit, consumer: str, event_id: str, on: On[Any], data: bytes) -> None:
    if once(unit, consumer, event_id):
        on.action(unit, on.parse(data))


def _passing(error: Exception) -> bool:
    """Tells a trouble of the machinery, which is waited out, from one of the message itself."""
    return getattr(error, "kind", "") == "unavailable"


async def keep(name: str, work: Callable[[], Any]) -> None:
    """Runs a piece of background work for ever, starting it again with growing pauses when it raises."""
    pause = 0.5
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
            return
        except asyncio.CancelledError:
            raise
        except Exception as error:
            pause = 0.5 if loop.time() - began > 30 else min(pause * 2, 10)
            log.warning("background work stopped and starts again", work=name, error=repr(error), pause=pause)
            await asyncio.sleep(pause)
