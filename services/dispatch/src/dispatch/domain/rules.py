"""The rules by which tasks are generated: which occasions a run looks at, and when its tasks are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.domain.calendar import Calendar, days_between
from dispatch.domain.errors import FieldInvalid
from dispatch.domain.occasions import LunarDay, lunar_keys_on, solar_keys_on
from dispatch.domain.titles import after_name, occasion_words

BIRTHDAY = "birthday"
STORE_ANNIVERSARY = "store_anniversary"
HOLIDAY = "holiday"
APPOINTMENT = "appointment"
RULE_NAMES = (APPOINTMENT, BIRTHDAY, HOLIDAY, STORE_ANNIVERSARY)

GROUPS = ("public", "business", "key_account")
MOST_DAYS_AHEAD = 30
MOST_WORKING_DAYS = 30
LOWEST_PRIORITY = 4
# A longer outage is not caught up with: a greeting a month late does harm.
MOST_CATCH_UP = timedelta(days=31)


@dataclass(eq=False, kw_only=True)
class GenerationRule:
    """One rule; `covered_on` is the last day its daily run has been through."""

    name: str
    enabled: bool
    days_ahead: int
    due_working_days: int
    groups: str
    priority: int
    version: int = 1
    covered_on: date | None = None

    @property
    def group_list(self) -> list[str]:
        """The customer groups it is for."""
        return self.groups.split(",")

    def change(
        self, *, enabled: bool, days_ahead: int, due_working_days: int, groups: Sequence[str], priority: int
    ) -> None:
        """Takes new values; every one of them is checked first."""
        _in_range("days_ahead", days_ahead, 0, MOST_DAYS_AHEAD)
        _in_range("due_working_days", due_working_days, 0, MOST_WORKING_DAYS)
        _in_range("priority", priority, 1, LOWEST_PRIORITY)
        unknown = [group for group in groups if group not in GROUPS]
        if unknown or not groups:
            raise FieldInvalid("GROUP_UNKNOWN", "groups", value=",".join(unknown))
        self.enabled = enabled
        self.days_ahead = days_ahead
        self.due_working_days = due_working_days
        self.groups = ",".join(group for group in GROUPS if group in groups)
        self.priority = priority
        self.version += 1

    def window(self, on: date, *, daily: bool, lead_days: int | None = None) -> tuple[date, date]:
        """First and last day of the occasions a run for `on` looks at; `lead_days` go before the rule's own days ahead.

        A daily run starts from the day the last one was for, so neither an outage nor a changed `days_ahead` loses an
        occasion in between; what has its task already is passed over.
        """
        first = on
        if daily and self.covered_on is not None and self.covered_on < on:
            first = max(self.covered_on, on - MOST_CATCH_UP)
        return first, on + timedelta(days=self.days_ahead if lead_days is None else lead_days)

    def cover(self, on: date) -> None:
        """The daily run for `on` is through."""
        if self.covered_on is None or self.covered_on < on:
            self.covered_on = on

    def due(self, occasion: date, appears: date, calendar: Calendar, zone: ZoneInfo) -> datetime:
        """When a task is due that appears on `appears`: never before that day's close of work."""
        if self.due_working_days:
            return calendar.close_of_work(calendar.working_days_after(appears, self.due_working_days), zone)
        return calendar.close_of_work(max(occasion, appears), zone)


@dataclass(frozen=True, slots=True)
class OccasionDay:
    """An occasion that falls into a run: whoever has this key gets a task with this due time and end of the title."""

    key: str
    on: date
    due_at: datetime
    title_end: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run must be told: its day, its first and last occasion day, the calendars and the branch's zone."""

    on: date
    first: date
    last: date
    lunar: Mapping[date, LunarDay]
    calendar: Calendar
    zone: ZoneInfo


def birthdays(rule: GenerationRule, facts: RunFacts) -> list[OccasionDay]:
    """The birthdays, solar and lunar, that fall into a run."""
    return [
        _occasion(rule, facts, key, day, occasion_words(key))
        for day in days_between(facts.first, facts.last)
        for key in (*solar_keys_on(day), *lunar_keys_on(facts.lunar[day]))
    ]


def store_anniversaries(rule: GenerationRule, facts: RunFacts) -> list[OccasionDay]:
    """The store anniversaries that fall into a run."""
    return [
        _occasion(rule, facts, key, day, occasion_words(key))
        for day in days_between(facts.first, facts.last)
        for key in solar_keys_on(day)
    ]


def holidays(rule: GenerationRule, facts: RunFacts) -> list[OccasionDay]:
    """The public holidays that begin in a run: one greeting round each, on the first day only."""
    return [
        _occasion(rule, facts, "", day, name)
        for day in days_between(facts.first, facts.last)
        if (name := facts.calendar.holiday_starting(day))
    ]


OCCASIONS = {BIRTHDAY: birthdays, STORE_ANNIVERSARY: store_anniversaries, HOLIDAY: holidays}


def _occasion(rule: GenerationRule, facts: RunFacts, key: str, day: date, words: str) -> OccasionDay:
    return OccasionDay(key, day, rule.due(day, facts.on, facts.calendar, facts.zone), after_name(words))


def _in_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise FieldInvalid("OUT_OF_RANGE", field, minimum=str(least), maximum=str(most))
