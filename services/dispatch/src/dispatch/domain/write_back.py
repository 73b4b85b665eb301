"""The answer owed to an older system: when it is tried, tried again, and given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.domain.errors import WriteBackNotAddressed, WriteBackNotFailed, WriteBackOvertaken
from dispatch.domain.words import WriteBackState

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
MOST_ATTEMPTS = 320  # about a day of the longest pause; whichever comes first ends it
GIVE_UP_AFTER = timedelta(hours=24)
NOT_CONFIGURED = "NOT_CONFIGURED"
# Answers that say "later": everything else in the 400s will be the same however often it is asked.
WORTH_ANOTHER_TRY = frozenset({"HTTP_408", "HTTP_425", "HTTP_429"})


def pause(attempts: int, luck: float) -> timedelta:
    """How long to wait after that many tries; `luck` in 0..1 spreads systems that came back at once."""
    full = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 20))
    return timedelta(seconds=max(FIRST_PAUSE, full * (0.5 + luck / 2)))


def hopeless(error: str) -> bool:
    """True when the other side has said no for good."""
    return error == NOT_CONFIGURED or (error.startswith("HTTP_4") and error not in WORTH_ANOTHER_TRY)


@dataclass(eq=False, kw_only=True)
class WriteBack:
    """One outcome on its way to the system the task came from; its id is the idempotency key."""

    id: str
    task_id: str
    system: str
    external_id: str
    outcome: str
    body_json: str
    sequence: int
    created_at: datetime
    started_at: datetime
    state: str = WriteBackState.PENDING
    attempts: int = 0
    last_error: str | None = None
    next_attempt_at: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    traceparent: str | None = None
    tried_at: datetime | None = None

    def deliver(self, at: datetime) -> None:
        """The other side has it."""
        self.attempts += 1
        self.state = WriteBackState.DELIVERED
        self.delivered_at = self.tried_at = at
        self.last_error = None
        self._rest()

    def fail(self, error: str, at: datetime, luck: float, give_up_after: timedelta = GIVE_UP_AFTER) -> None:
        """A try met an error: another one later, or none any more."""
        self.attempts += 1
        self.last_error = error
        self.tried_at = at
        self._rest()
        over = self.attempts >= MOST_ATTEMPTS or at - self.started_at >= give_up_after
        if over or hopeless(error):
            self.state = WriteBackState.FAILED
        else:
            self.next_attempt_at = at + pause(self.attempts, luck)

    def send_again(self, at: datetime, *, addressed: bool = True, overtaken: bool = False) -> None:
        """An operator wants it sent once more; not when nobody takes it, or when a later outcome of the task is there already."""
        if self.state != WriteBackState.FAILED:
            raise WriteBackNotFailed(state=self.state)
        if why := self.stuck(addressed=addressed, overtaken=overtaken):
            raise why
        self.state = WriteBackState.PENDING
        self.attempts = 0
        self.started_at = self.next_attempt_at = at

    def stuck(self, *, addressed: bool, overtaken: bool) -> WriteBackNotAddressed | WriteBackOvertaken | None:
        """Answers why it cannot be sent any more, or None."""
        if overtaken:
            return WriteBackOvertaken(sequence=str(self.sequence))
        return None if addressed else WriteBackNotAddressed(system=self.system)

    def discard(self) -> None:
        """An operator decided that it is not sent any more."""
        if self.state != WriteBackState.FAILED:
            raise WriteBackNotFailed(state=self.state)
        self.state = WriteBackState.DISCARDED

    @property
    def settled(self) -> bool:
        """True once delivered or given up."""
        return self.state != WriteBackState.PENDING

    def _rest(self) -> None:
        self.lease = self.leased_until = self.next_attempt_at = None
