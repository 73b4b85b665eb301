"""What deadlines are counted by, out of the published documents: parsed once a version, resolved by bureau."""

from collections.abc import Iterable
from datetime import date, time
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from crm.support.v1 import parameters_pb2, support_pb2

from chassis.access import UNITS_KEY, Source
from chassis.parameters import PARAMETER_PREFIX, Parameters
from dispatch.domain.branch import Branch, Bureau
from dispatch.domain.calendar import Calendar, DayFacts, usual_hours
from dispatch.parameters import LEAD_DAYS, WORKING_HOURS, hours_at, lead_days_at, response_at

PREFIX = "calendar."
_PARAMETERS = tuple(PARAMETER_PREFIX + key for key in (WORKING_HOURS, *LEAD_DAYS.values()))
_BUREAUS = (support_pb2.UNIT_KIND_BUREAU, support_pb2.UNIT_KIND_COUNTY_COMPANY)
Days = dict[date, DayFacts]


class Calendars:
    """Holds the calendars of the years around the present one."""

    def __init__(self, documents: Source, zone: ZoneInfo, parameters: Parameters | None = None) -> None:
        self._documents = documents
        self._zone = zone
        self._parameters = parameters
        self._bureaus: tuple[bytes | None, list[str]] = (b"", [])
        self._held: tuple[tuple[object, ...], Branch] | None = None

    def branch(self, around: date) -> Branch:
        """Answers what the branch and its bureaus go by; years nobody has published work Monday to Friday."""
        years = range(around.year - 1, around.year + 3)
        bureaus = self._known_bureaus()
        keys = [f"{PREFIX}{year}" for year in years]
        own = [f"{PREFIX}{year}.{bureau}" for bureau in bureaus for year in years]
        made_of = (around, *(self._documents.get(key) for key in (UNITS_KEY, *_PARAMETERS, *keys, *own)))
        if self._held is None or self._held[0] != made_of:
            self._held = (made_of, self._read(keys, bureaus, list(years)))
        return self._held[1]

    def _read(self, keys: list[str], bureaus: list[str], years: list[int]) -> Branch:
        days = read_days(self._bytes(keys))
        with_settings = self._units_with_settings()
        found: dict[str, Bureau] = {}
        for bureau in bureaus:
            own = read_days(self._bytes(f"{PREFIX}{year}.{bureau}" for year in years))
            if own or bureau in with_settings:
                found[bureau] = Bureau(self._calendar(days | own, bureau), self._lead_days(bureau))
        branch = Branch(self._calendar(days, ""), self._zone, self._lead_days(""), found)
        return branch.answering(partial(response_at, self._parameters)) if self._parameters else branch

    def _calendar(self, days: Days, bureau: str) -> Calendar:
        if self._parameters is None:
            return Calendar(days, usual_hours)
        # The days that matter are few and asked for over and over: each is looked up once a version.
        return Calendar(days, lru_cache(maxsize=500)(partial(hours_at, self._parameters, bureau)))

    def _lead_days(self, bureau: str) -> dict[str, int]:
        return {} if self._parameters is None else lead_days_at(self._parameters, bureau)

    def _units_with_settings(self) -> set[str]:
        documents = (parameters_pb2.ParameterDocument.FromString(data) for data in self._bytes(_PARAMETERS))
        return {value.unit_id for document in documents for value in document.values if value.unit_id}

    def _known_bureaus(self) -> list[str]:
        data = self._documents.get(UNITS_KEY)
        if self._bureaus[0] is not data:
            units = support_pb2.UnitsDocument.FromString(data or b"").units
            self._bureaus = (data, sorted(unit.id for unit in units if unit.kind in _BUREAUS))
        return self._bureaus[1]

    def _bytes(self, keys: Iterable[str]) -> list[bytes]:
        return [data for data in (self._documents.get(key) for key in keys) if data]


def read_days(documents: Iterable[bytes]) -> Days:
    """Reads the special days of some years."""
    return {
        date.fromisoformat(day.date): DayFacts(
            day.working, day.holiday_zh, day.holiday_start, time.fromisoformat(day.ends_at) if day.ends_at else None
        )
        for document in documents
        for day in support_pb2.CalendarYearDocument.FromString(document).days
    }
