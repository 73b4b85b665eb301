"""What a person may bring in of staff by a file: columns that are closed to them stay closed, row by row."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from crm.common.v1 import access_pb2

from chassis.access import RowFacts
from chassis.database import Unit as Work
from support.domain.organisation import Person, Unit
from support.storage.staff_reach import FORM_STAFF, facts_of_person

# A person's fields, the columns they are, and what files call them. The unit is a fact that rules themselves go by.
_FIELDS = (
    ("name", "name", "name"),
    ("phone", "phone", "phone"),
    ("also", "also_unit_ids", "also_unit_codes"),
    ("roles", "positions", "roles"),
    ("valid_from", "valid_from", "valid_from"),
    ("valid_to", "valid_to", "valid_to"),
)
Closed = Callable[[Person | None, Person], tuple[str, str] | None]


def closed_to(work: Work, units: Mapping[str, Unit], today: date) -> Closed:
    """Answer which field of a person the caller may not bring in, and why. Programs bring in what their files hold."""

    def closed(before: Person | None, after: Person) -> tuple[str, str] | None:
        if work.actor.kind != "person":
            return None
        places = [facts_of_person(each.staff_number, units.get(each.unit_id)) for each in (before, after) if each]
        if not all(_reaches(work, facts) for facts in places):
            return "unit_code", "UNIT_OUT_OF_REACH"
        written = _written(before, after, today)
        fills = work.access.fills
        return next(
            (
                (named, "COLUMN_NOT_WRITABLE")
                for column, named in written
                if not fills(work.actor, FORM_STAFF, places[0], column, new=before is None)
            ),
            None,
        )

    return closed


def _reaches(work: Work, facts: RowFacts) -> bool:
    return work.access.rights(work.actor).sees(FORM_STAFF, access_pb2.ACTION_IMPORT, facts)


def _written(before: Person | None, after: Person, today: date) -> Iterator[tuple[str, str]]:
    for field, column, named in _FIELDS:
        value = getattr(after, field)
        # Without a day in the file a person joins on the day of the import: nobody wrote that.
        given = bool(value) and (field, value) != ("valid_from", today)
        if value != getattr(before, field) if before is not None else given:
            yield column, named
