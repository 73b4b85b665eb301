"""The branch's working days, with public holidays and the weekends worked to make up for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
CLOSE_OF_WORK = time(18, 0)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a day is, where it is no plain week day."""

    working: bool
    holiday: str = ""
    holiday_start: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that are no plain week days; any other works Monday to Friday."""

    days: Mapping[date, DayFacts] = field(default_factory=dict[date, DayFacts])

    def working(self, on: date) -> bool:
        """True when the branch works that day."""
        facts = self.days.get(on)
        return facts.working if facts else on.weekday() < SATURDAY

    def working_days_after(self, on: date, count: int) -> date:
        """The day that many working days after `on`; none means `on` itself."""
        day = on
        while count > 0:
            day += timedelta(days=1)
            count -= self.working(day)
        return day

    def holiday_starting(self, on: date) -> str:
        """Name of the public holiday whose first day this is; empty when none."""
        facts = self.days.get(on)
        return facts.holiday if facts and facts.holiday_start else ""


def close_of_work(on: date, zone: ZoneInfo) -> datetime:
    """The moment a day's tasks are due."""
    return datetime.combine(on, CLOSE_OF_WORK, zone)


def days_between(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
