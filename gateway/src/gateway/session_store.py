"""Sessions in JetStream KV: written by compare-and-set, read from memory, followed by a watch.

Several gateways share the bucket. While the broker is away, sessions that are in memory go on; nothing can change.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import grpc
import structlog
from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from chassis.nats import Bus
from gateway.problems import Problem, refused
from gateway.sessions import Kept, Sealer, Session

log = structlog.get_logger()
BUCKET = "sessions"
_SESSION = "s."
_ONCE = "once."
# Long enough for a gateway that was away to end every session properly, with its event.
_KEEP_SECONDS = 7 * 24 * 3600.0
_LOOK_AGAIN = 3.0
_TRIES = 8
# A watch that was away longer than this reads the bucket from the start and misses nothing either.
_MARKER_SECONDS = 3600.0
# More sessions than a big branch ends in a day; a word about one is late by seconds.
_GONE_KEPT = 10_000

T = TypeVar("T")
Change = Callable[[Session], Session | None]


@dataclass
class SessionStore:
    """The bucket, and what this gateway holds of it in memory."""

    bus: Bus
    sealer: Sealer
    live: dict[str, Kept] = field(default_factory=dict[str, Kept])
    # Ended, but the event of it is not yet said to be stored.
    ended: dict[str, Kept] = field(default_factory=dict[str, Kept])
    loaded: bool = False
    on_end: list[Callable[[str, str], None]] = field(default_factory=list[Callable[[str, str], None]])
    # Ended and dropped. Keys are random and never used again, so whatever is still said of one of these is late.
    _gone: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])
    _last: int = 0
    _bucket: KeyValue | None = None

    async def run(self) -> None:
        """Follows the bucket for ever; raises when the broker is away, and is started again by its caller."""
        while True:
            await self._follow(await self._open())

    async def _follow(self, bucket: KeyValue) -> None:
        """Reads the bucket from the start and follows it, until the watch has missed something."""
        # Only these can have been missed; one that is stored from here on is followed, however late the watch tells of it.
        held = {*self.live, *self.ended}
        watcher = await bucket.watch(_SESSION + ">")
        self._last, seen = 0, set[str]()
        try:
            while True:
                try:
                    entry = await _next(watcher)
                except TimeoutError:
                    # A watch may die silently with the broker: the newest sequence tells whether we missed anything.
                    if await self._behind(bucket):
                        return
                    continue
                if entry is None:
                    # The client may say that all was read before the first entry is (it compares what the broker has sent with
                    # what it has itself handled so far): who is missing is asked for once more before anybody is signed out.
                    for key in held - seen:
                        await self.find(key)
                    held.clear()
                    self.loaded = True
                    continue
                self._last = max(self._last, entry.revision or 0)
                key = entry.key.removeprefix(_SESSION)
                seen.add(key)
                self._take(key, entry.revision or 0, None if entry.operation in ("DEL", "PURGE") else entry.value)
        finally:
            await watcher.stop()

    async def _behind(self, bucket: KeyValue) -> bool:
        state = (await bucket.status()).stream_info.state
        last = state.last_seq
        if last < self._last:
            return True  # a new store: read it from the start
        if last > self._last:
            # Keys that are not sessions move the sequence too; look once, and remember how far.
            newest, self._last = await self._newest(bucket), last
            return any(revision > self._revision(key) for key, revision in newest.items())
        return False

    async def _newest(self, bucket: KeyValue) -> dict[str, int]:
        watcher = await bucket.watch(_SESSION + ">", meta_only=True)
        found: dict[str, int] = {}
        try:
            while True:
                try:
                    entry = await _next(watcher)
                except TimeoutError:
                    return found  # nothing is there
                if entry is None:
                    continue  # said too early, as in `_follow`, or of nothing
                if entry.operation is None:
                    found[entry.key.removeprefix(_SESSION)] = entry.revision or 0
                if not entry.delta:
                    return found
        finally:
            await watcher.stop()

    def _revision(self, key: str) -> int:
        kept = self.live.get(key) or self.ended.get(key)
        return kept.revision if kept else 0

    def _take(self, key: str, revision: int, sealed: bytes | None) -> Kept | None:
        if sealed is None:
            self._drop(key)
            return None
        session = self.sealer.open(sealed, key)
        if session is None:
            log.warning("a session record cannot be opened; the key has changed or it was not written by us")
            return None
        return self._hold(key, revision, session)

    def _hold(self, key: str, revision: int, session: Session) -> Kept | None:
        if key in self._gone:
            return None  # said before it was dropped, heard after
        before = self.live.get(key) or self.ended.get(key)
        if before is not None and before.revision >= revision:
            return before
        kept = self.sealer.keep(key, revision, session)
        if session.ended_by:
            self.ended[key] = kept
            self._drop_live(key, session.ended_by)
        else:
            kept.seen_at = max(kept.seen_at, before.seen_at) if before else kept.seen_at
            self.live[key] = kept
        return kept

    def _drop(self, key: str) -> None:
        # Not for keys that were never held: made-up cookies must not fill the memory.
        if key in self.live or key in self.ended:
            self._gone[key] = None
            if len(self._gone) > _GONE_KEPT:
                self._gone.popitem(last=False)
        self.ended.pop(key, None)
        self._drop_live(key, "logout")

    def _drop_live(self, key: str, ended_by: str) -> None:
        if self.live.pop(key, None) is not None:
            for callback in self.on_end:
                callback(key, ended_by)

    async def add(self, key: str, session: Session) -> Kept:
        """Stores a new session; returns once the broker has it on disk."""
        revision = await self._asked(lambda bucket: bucket.create(_SESSION + key, self.sealer.seal(session, key)))
        return self._hold(key, revision, session) or self.sealer.keep(key, revision, session)

    async def find(self, key: str) -> Kept | None:
        """The session of a key, asked of the broker: for one another gateway may just have made."""
        try:
            entry = await self._asked(lambda bucket: bucket.get(_SESSION + key))
        except KeyNotFoundError:
            self._drop(key)
            return None
        return self._take(key, entry.revision or 0, entry.value)

    async def change(self, key: str, change: Change) -> Kept | None:
        """Changes a session by compare-and-set; the change is asked again of what others wrote meanwhile.

        Answers the session as it is then; None when there is none. `change` answers None to leave it as it is.
        """
        kept = self.live.get(key) or self.ended.get(key) or await self.find(key)
        for _ in range(_TRIES):
            if kept is None:
                return None
            changed = change(kept.session)
            if changed is None:
                return kept
            sealed, revision = self.sealer.seal(changed, key), kept.revision
            try:
                written = await self._asked(lambda bucket, s=sealed, r=revision: bucket.update(_SESSION + key, s, r))
            except KeyWrongLastSequenceError:
                kept = await self.find(key)
                continue
            return self._hold(key, written, changed)
        raise _away()

    async def remove(self, key: str) -> None:
        """Takes a session's record out of the bucket."""
        await self._asked(lambda bucket: bucket.purge(_SESSION + key, msg_ttl=_MARKER_SECONDS))
        self._drop(key)

    async def once(self, purpose: str, value: str, seconds: float) -> bool:
        """True the first time a value is seen by any gateway; False ever after, while it could be of use."""
        name = f"{_ONCE}{purpose}.{self.sealer.csrf_of(value)}"
        try:
            await self._asked(lambda bucket: bucket.create(name, b"1", msg_ttl=max(seconds, 1.0)))
        except KeyWrongLastSequenceError:
            return False
        return True

    async def probe(self) -> None:
        """Raises while sessions cannot be read or have never been."""
        await self._asked(lambda bucket: bucket.status())
        if not self.loaded:
            raise _away()

    async def _asked(self, ask: Callable[[KeyValue], Awaitable[T]]) -> T:
        if not self.bus.client.is_connected:
            raise _away()  # at once, where the client would wait five seconds for the broker
        try:
            if self._bucket is None:
                self._bucket = await self._open()
            return await ask(self._bucket)
        except (KeyNotFoundError, KeyWrongLastSequenceError):
            raise
        except (NatsError, OSError, TimeoutError) as error:
            # The store may have been lost with its bucket: the next call makes it anew.
            self._bucket = None
            raise _away() from error

    async def _open(self) -> KeyValue:
        try:
            return await self.bus.jetstream.key_value(BUCKET)
        except NotFoundError:
            config = KeyValueConfig(bucket=BUCKET, history=1, ttl=_KEEP_SECONDS, limit_marker_ttl=60.0)
            return await self.bus.jetstream.create_key_value(config)


async def _next(watcher: KeyValue.KeyWatcher) -> KeyValue.Entry | None:
    """The next change; None once everything that was there has been read. Raises `TimeoutError` when all is quiet."""
    entry = await watcher.updates(timeout=_LOOK_AGAIN)
    if entry is None or isinstance(entry, KeyValue.Entry):
        return entry
    raise ConnectionError("the watch was stopped")


def _away() -> Problem:
    return refused(grpc.StatusCode.UNAVAILABLE, "SESSION_STORE_UNAVAILABLE", "sessions cannot be stored just now")
