"""Alerts: a finding that holds becomes one, and one that is no longer found ends. Once each, however often it is looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from telemetry.domain.parts import Board
from telemetry.domain.rules import RULES, Finding, Rule, Severity

CLEAR = timedelta(seconds=20)
"""A trouble that pauses for less goes on."""
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Alert:
    """Something an operator should know."""

    id: str
    rule: str
    part: str
    subject: str
    severity: Severity
    value: float
    limit: float
    detail: str
    began_at: datetime
    ended_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What it is about: one alert at a time."""
        return (self.rule, self.part, self.subject)


@dataclass
class _Held:
    since: datetime
    last: datetime


@dataclass
class Watch:
    """Knows what goes on and since when."""

    new_id: Callable[[], str]
    rules: tuple[Rule, ...] = RULES
    open: dict[Key, Alert] = field(default_factory=dict[Key, Alert])
    _held: dict[Key, _Held] = field(default_factory=dict[Key, _Held])

    def resume(self, alerts: list[Alert], now: datetime) -> list[Alert]:
        """Takes over alerts that went on when the process before this one ended: they do not begin again.

        Answers, as ended, those that began anew here meanwhile.
        """
        twice: list[Alert] = []
        for alert in alerts:
            if alert.key in self.open:
                twice.append(replace(alert, ended_at=now))
                continue
            self.open[alert.key] = alert
            self._held[alert.key] = _Held(alert.began_at, now)
        return twice

    def shift(self, by: timedelta) -> None:
        """Moves what is held along with a clock that was set, so that it keeps its age."""
        for held in self._held.values():
            held.since += by
            held.last += by

    def step(self, board: Board, now: datetime) -> list[Alert]:
        """Looks at everything; answers the alerts that began or ended just now."""
        changed: list[Alert] = []
        for rule in self.rules:
            for finding in rule.look(board, now, rule.limit):
                changed += self._found(rule, finding, now)
        return changed + list(self._ended(now))

    def _found(self, rule: Rule, finding: Finding, now: datetime) -> Iterator[Alert]:
        key = (rule.name, finding.part, finding.subject)
        held = self._held.setdefault(key, _Held(now, now))
        held.last = now
        if key in self.open:
            self.open[key] = replace(self.open[key], value=finding.value, detail=finding.detail)
        elif (now - held.since).total_seconds() >= rule.hold:
            self.open[key] = Alert(
                self.new_id(),
                rule.name,
                finding.part,
                finding.subject,
                rule.severity,
                finding.value,
                rule.limit,
                finding.detail,
                began_at=held.since,
            )
            yield self.open[key]

    def _ended(self, now: datetime) -> Iterator[Alert]:
        for key, held in list(self._held.items()):
            if key not in self.open and held.last < now:
                del self._held[key]
            elif now - held.last >= CLEAR:
                del self._held[key]
                yield replace(self.open.pop(key), ended_at=now)
