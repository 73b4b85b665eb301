"""The branch's calendar out of the published documents, parsed once a version."""

from datetime import date
from zoneinfo import ZoneInfo

from crm.support.v1 import support_pb2

from chassis.access import Source
from dispatch.actions.generate_tasks import Branch
from dispatch.domain.calendar import Calendar, DayFacts

PREFIX = "calendar."


class Calendars:
    """Holds the calendar of the years around the present one."""

    def __init__(self, documents: Source, zone: ZoneInfo) -> None:
        self._documents = documents
        self._zone = zone
        self._held: tuple[tuple[bytes | None, ...], Calendar] | None = None

    def branch(self, around: date) -> Branch:
        """Answers calendar and zone; years nobody has published work Monday to Friday."""
        years = range(around.year - 1, around.year + 3)
        documents = tuple(self._documents.get(f"{PREFIX}{year}") for year in years)
        if self._held is None or self._held[0] != documents:
            self._held = (documents, read_calendar([document for document in documents if document]))
        return Branch(self._held[1], self._zone)


def read_calendar(documents: list[bytes]) -> Calendar:
    """Reads the special days of some years."""
    days: dict[date, DayFacts] = {}
    for document in documents:
        for day in support_pb2.CalendarYearDocument.FromString(document).days:
            days[date.fromisoformat(day.date)] = DayFacts(day.working, day.holiday_zh, day.holiday_start)
    return Calendar(days)
