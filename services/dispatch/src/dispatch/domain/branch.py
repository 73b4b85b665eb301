"""What the branch has set that deadlines are counted by, and what single bureaus have set otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.domain.calendar import Calendar

USUAL_RESPONSE = {1: 4.0, 2: 9.0, 3: 18.0, 4: 45.0}
"""Working hours by priority in which a task is to be done that nobody has given a time: half a day to five days."""

Response = Callable[[str, str], Mapping[int, float]]


def usual_response(community_id: str, bureau_id: str) -> Mapping[int, float]:
    """The response times where nobody has set any."""
    del community_id, bureau_id
    return USUAL_RESPONSE


@dataclass(frozen=True)
class Bureau:
    """A bureau with days, hours or lead days of its own; lead days are by rule."""

    calendar: Calendar
    lead_days: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Part:
    """The customers for whom a rule counts alike: those of one bureau, or with `others` everybody else."""

    calendar: Calendar
    lead_days: int | None
    bureau_id: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Branch:
    """Working days and hours, lead days by rule and response times: of the branch, and of bureaus where they differ."""

    calendar: Calendar
    zone: ZoneInfo
    lead_days: Mapping[str, int] = field(default_factory=dict[str, int])
    bureaus: Mapping[str, Bureau] = field(default_factory=dict[str, Bureau])
    response: Response = usual_response

    def answering(self, response: Response) -> "Branch":
        """The same branch with these response times."""
        return replace(self, response=response)

    def calendar_at(self, bureau_id: str | None) -> Calendar:
        """The calendar that holds in a bureau; the branch's where it has none of its own, and outside of bureaus."""
        bureau = self.bureaus.get(bureau_id or "")
        return bureau.calendar if bureau else self.calendar

    def parts(self, rule_name: str) -> list[Part]:
        """The customers for whom a rule counts alike; together they are all customers, each once."""
        own = [Part(bureau.calendar, bureau.lead_days.get(rule_name), name) for name, bureau in self.bureaus.items()]
        return [Part(self.calendar, self.lead_days.get(rule_name), others=tuple(self.bureaus)), *own]

    def respond_by(self, now: datetime, priority: int, bureau_id: str | None, community_id: str | None) -> datetime:
        """When a task is due that comes in now without a time of its own."""
        hours = self.response(community_id or "", bureau_id or "")[priority]
        due = self.calendar_at(bureau_id).after_working_time(now, timedelta(hours=hours), self.zone)
        return due.replace(microsecond=0)
