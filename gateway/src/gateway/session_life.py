"""How a session lives: begun, used, its tokens renewed by one gateway at a time, ended, and both ends announced."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import grpc
import structlog

from chassis.clock import Clock
from chassis.ids import new_id
from gateway.announcements import Announcements
from gateway.identity import IdentityProvider, TokenRefused, TokenSet
from gateway.problems import Problem, refused
from gateway.session_store import SessionStore
from gateway.sessions import EndedBy, Kept, Session, key_of, new_secret
from gateway.settings import GatewaySettings

log = structlog.get_logger()
# Tokens are renewed a minute before they end, without anybody waiting; in the last seconds the call waits.
_RENEW_BEFORE = 60.0
_WAIT_BEFORE = 5.0
_CLAIM_SECONDS = 15.0
_LOOK_EVERY = 0.05
_PAUSE = 2.0
_TOUCH_EVERY = 60.0
_SWEEP_EVERY = 15.0
# What the gateway that began or ended a session gets to announce it itself, before any other does.
_ANNOUNCE_AFTER = 5.0
# How far the clocks of two gateways may be apart.
_AHEAD = 60.0


@dataclass
class SessionLife:
    """The life of every session this gateway sees."""

    settings: GatewaySettings
    store: SessionStore
    provider: IdentityProvider
    announcements: Announcements
    clock: Clock
    me: str = field(default_factory=new_id)
    _renewing: dict[str, asyncio.Task[Kept]] = field(default_factory=dict[str, "asyncio.Task[Kept]"])
    _provider_away_until: float = 0.0
    _touching: set[str] = field(default_factory=set[str])
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set["asyncio.Task[Any]"])

    @property
    def at_rest(self) -> bool:
        """True while no work of ours goes on beside the calls."""
        return not self._tasks

    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock.now().timestamp()

    async def begin(self, session: Session) -> tuple[str, Kept]:
        """Stores a new session; answers the cookie's value and the session."""
        secret = new_secret()
        kept = await self.store.add(key_of(secret.encode()), session)
        self._later(self._announce_started(kept.key))
        return secret, kept

    async def resolve(self, secret: bytes, *, active: bool = True) -> Kept:
        """The session of a cookie, fit to make a call now. Raises `Problem` when there is none any more."""
        kept = await self._living(key_of(secret))
        now = self.now()
        if ended_by := self.over(kept, now):
            await self.end(kept.key, ended_by)
            _no_session()
        if active:
            kept.seen_at = now
            if now - kept.session.seen_at > _TOUCH_EVERY and kept.key not in self._touching:
                self._touching.add(kept.key)
                self._later(self._touch(kept.key, now))
        left = kept.session.access_until - now
        if left > _RENEW_BEFORE or (left > _WAIT_BEFORE and now < self._provider_away_until):
            return kept
        renewal = self._renewal(kept.key)
        return kept if left > _WAIT_BEFORE else await asyncio.shield(renewal)

    async def _living(self, key: str) -> Kept:
        kept = self.store.live.get(key)
        if kept is None:
            # Another gateway may have made it a moment ago, or ours has not read the bucket yet.
            kept = await self.store.find(key)
        if kept is None or kept.session.ended_by:
            _no_session()
        return kept

    def over(self, kept: Kept, now: float, slack: float = 0.0) -> EndedBy:
        """Why a session has outlived itself; empty while it has not."""
        if max(kept.session.started_at, kept.seen_at) > now + _AHEAD:
            # The clock was set back: what is left of the session cannot be told, so nothing is.
            return "absolute"
        if now >= kept.session.started_at + self.settings.session_absolute.total_seconds():
            return "absolute"
        if now >= kept.seen_at + self.settings.session_idle.total_seconds() + slack:
            return "idle"
        return ""

    async def end(self, key: str, ended_by: EndedBy) -> Session | None:
        """Ends a session; answers it as it was, or None when it had ended before."""
        now, before = self.now(), list[Session]()

        def ended(session: Session) -> Session | None:
            before[:] = [] if session.ended_by else [session]
            if session.ended_by:
                return None
            return replace(session, ended_by=ended_by, ended_at=now, access_token="", refresh_token="", id_token="")

        await self.store.change(key, ended)
        self._later(self._announce_ended(key))
        return before[0] if before else None

    async def end_matching(self, provider_session: str, subject: str) -> int:
        """Ends the sessions that belong to a session of the provider, or else all of a person's; answers how many."""
        keys = [
            kept.key
            for kept in self.store.live.values()
            if (
                kept.session.provider_session == provider_session
                if provider_session
                else kept.session.subject == subject
            )
        ]
        for key in keys:
            await self.end(key, "back_channel")
        return len(keys)

    async def _touch(self, key: str, now: float) -> None:
        try:
            await self.store.change(
                key, lambda s: replace(s, seen_at=now) if s.seen_at < now and not s.ended_by else None
            )
        finally:
            self._touching.discard(key)

    def _renewal(self, key: str) -> "asyncio.Task[Kept]":
        task = self._renewing.get(key)
        if task is None:
            task = self._renewing[key] = self._later(self._renew(key))
            task.add_done_callback(lambda _: self._renewing.pop(key, None))
        return task

    async def _renew(self, key: str) -> Kept:
        """Renews the tokens of a session, or waits for the gateway that does: a refresh token is good for one use."""
        while True:
            kept = await self._living(key)
            now = self.now()
            if kept.session.access_until - now > _RENEW_BEFORE:
                return kept
            if now < self._provider_away_until:
                raise refused(grpc.StatusCode.UNAVAILABLE, "IDENTITY_PROVIDER_UNAVAILABLE", "asked a moment ago")
            if kept.session.renewing_by not in ("", self.me) and kept.session.renewing_until > now:
                await asyncio.sleep(_LOOK_EVERY)
                continue
            claimed = await self.store.change(key, lambda s, n=now: self._claim(s, n))
            if claimed is None or claimed.session.ended_by:
                _no_session()
            if claimed.session.renewing_by == self.me:
                return await self._renew_claimed(claimed)

    def _claim(self, session: Session, now: float) -> Session | None:
        taken = session.renewing_by not in ("", self.me) and session.renewing_until > now
        if session.ended_by or taken or session.access_until - now > _RENEW_BEFORE:
            return None
        return replace(session, renewing_by=self.me, renewing_until=now + _CLAIM_SECONDS)

    async def _renew_claimed(self, claimed: Kept) -> Kept:
        try:
            tokens = await self.provider.renew(claimed.session.refresh_token)
        except TokenRefused:
            # The provider's session is over: so is ours.
            await self.end(claimed.key, "back_channel")
            _no_session()
        except Problem:
            # Hundreds of callers must not each knock at a door that is closed.
            self._provider_away_until = self.now() + _PAUSE
            await self.store.change(claimed.key, lambda s: replace(s, renewing_by="", renewing_until=0.0))
            raise
        renewed = await self.store.change(claimed.key, lambda s: None if s.ended_by else _with(s, tokens))
        if renewed is None or renewed.session.ended_by:
            _no_session()
        return renewed

    async def sweep(self) -> None:
        """Runs for ever: ends what has outlived itself, announces what nobody announced."""
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            await self.sweep_once()

    async def sweep_once(self) -> None:
        """One round of the sweep."""
        now = self.now()
        for kept in list(self.store.live.values()):
            # Another gateway may have seen the person up to a minute later than the record says.
            if ended_by := self.over(kept, now, slack=_TOUCH_EVERY):
                await self.end(kept.key, ended_by)
            elif not kept.session.announced and now - kept.session.started_at > _ANNOUNCE_AFTER:
                await self._announce_started(kept.key)
        for kept in list(self.store.ended.values()):
            if now - kept.session.ended_at > _ANNOUNCE_AFTER:
                await self._announce_ended(kept.key)

    async def _announce_started(self, key: str) -> None:
        kept = self.store.live.get(key)
        if kept is not None and not kept.session.announced:
            await self.announcements.started(kept.session)
            await self.store.change(key, lambda s: None if s.announced else replace(s, announced=True))

    async def _announce_ended(self, key: str) -> None:
        kept = self.store.ended.get(key)
        if kept is None:
            return
        if not kept.session.announced:
            await self.announcements.started(kept.session)
        await self.announcements.ended(kept.session)
        await self.store.remove(key)

    def _later(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waits for it hears it too; what nobody waits for is swept up later.
            log.warning("session work put off", error=getattr(error, "reason", None) or repr(error))


def _with(session: Session, tokens: TokenSet) -> Session:
    return replace(
        session,
        access_token=tokens.access,
        access_until=tokens.access_until,
        refresh_token=tokens.refresh or session.refresh_token,
        id_token=tokens.id_token or session.id_token,
        renewing_by="",
        renewing_until=0.0,
    )


def _no_session() -> NoReturn:
    raise refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED", "sign in again")
