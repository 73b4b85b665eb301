"""Working days and working hours, with public holidays, the weekends worked to make up for them, and short days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
# A calendar without a working day in so long a time is a mistake of whoever set it, and must not hang us.
_FURTHEST = 800


@dataclass(frozen=True, slots=True)
class Hours:
    """When a working day begins and ends."""

    begins: time
    ends: time


USUAL_HOURS = Hours(time(8, 30), time(17, 30))


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a day is, where it is no plain week day. `ends_at` is there for a short day."""

    working: bool
    holiday: str = ""
    holiday_start: bool = False
    ends_at: time | None = None


def usual_hours(on: date) -> Hours:
    """The hours where nobody has set any."""
    del on
    return USUAL_HOURS


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that are no plain week days; any other works Monday to Friday. Hours may differ from a day on."""

    days: Mapping[date, DayFacts] = field(default_factory=dict[date, DayFacts])
    hours_on: Callable[[date], Hours] = usual_hours

    def working(self, on: date) -> bool:
        """True when the branch works that day."""
        facts = self.days.get(on)
        return facts.working if facts else on.weekday() < SATURDAY

    def working_days_after(self, on: date, count: int) -> date:
        """The day that many working days after `on`; none means `on` itself."""
        day = on
        last = on + timedelta(days=_FURTHEST)
        while count > 0 and day < last:
            day += timedelta(days=1)
            count -= self.working(day)
        return day

    def holiday_starting(self, on: date) -> str:
        """Name of the public holiday whose first day this is; empty when none."""
        facts = self.days.get(on)
        return facts.holiday if facts and facts.holiday_start else ""

    def close_of_work(self, on: date, zone: ZoneInfo) -> datetime:
        """The moment a day's tasks are due: the end of its working hours, earlier on a short day."""
        return datetime.combine(on, self._ends(on), zone)

    def after_working_time(self, moment: datetime, duration: timedelta, zone: ZoneInfo) -> datetime:
        """The moment when so much working time has gone by; what lies outside working hours does not count."""
        day, left = moment.astimezone(zone).date(), duration
        for _ in range(_FURTHEST):
            begins, ends = self._window(day, zone)
            begins = max(begins, moment)
            if begins < ends:
                if ends - begins >= left:
                    return (begins + left).astimezone(zone)
                left -= ends - begins
            day += timedelta(days=1)
        return self.close_of_work(day, zone)

    def _window(self, on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The working time of a day in UTC: zones that move their clocks would add and take hours. Empty on a free day."""
        begins = datetime.combine(on, self.hours_on(on).begins, zone).astimezone(UTC)
        return begins, self.close_of_work(on, zone).astimezone(UTC) if self.working(on) else begins

    def _ends(self, on: date) -> time:
        facts = self.days.get(on)
        return facts.ends_at if facts and facts.ends_at else self.hours_on(on).ends


def days_between(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
