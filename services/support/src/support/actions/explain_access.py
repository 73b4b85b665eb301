"""Why somebody sees a row of support's own forms, and which rows they would see; drafts of policies too."""

from collections.abc import Iterator
from dataclasses import dataclass

from crm.access.v1 import probe_pb2
from crm.common.v1 import access_pb2

from chassis.access import AccessBook
from chassis.database import Unit as Work
from chassis.declarations import Form
from chassis.errors import NotFound
from chassis.identity import Actor
from chassis.masking import masked
from chassis.probe import explained
from chassis.rights import HIDDEN, Columns, RowFacts
from support import rules_document
from support.actions.newest_rules import Frame, newest
from support.actions.policies import DRAFT, find_policy
from support.domain.organisation import Person, Unit
from support.storage import organisation
from support.storage.staff_reach import facts_of_person, facts_of_unit

STAFF, ORGANISATION = "support.staff", "support.organisation"
_MOST = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one of our own forms: its facts, and its values where it has columns."""

    id: str
    name: str
    label: str
    facts: RowFacts
    values: dict[str, str]


def draft_document(work: Work) -> access_pb2.GrantsDocument:
    """Answer the rules of the caller's draft."""
    return rules_document.document(find_policy(work, DRAFT).roles)


def explain_own_form(
    work: Work, staff_number: str, form: Form, record: str, *, draft: bool, frame: Frame
) -> probe_pb2.ExplainRowResponse:
    """Answer why a person can or cannot see a row; a form without rows of its own is explained as a whole."""
    book, person = _person(work, staff_number, draft=draft, frame=frame)
    if form.name not in (STAFF, ORGANISATION):
        return explained(book, person, form, RowFacts())
    row = next((each for each in _rows(work, form.name) if record in (each.id, each.name)), None)
    return explained(book, person, form, row.facts) if row else probe_pb2.ExplainRowResponse(found=False)


def preview_own_form(
    work: Work, staff_number: str, form: Form, *, draft: bool, frame: Frame
) -> probe_pb2.PreviewRowsResponse:
    """Answer some rows as a person would see them; sensitive values never in full."""
    book, person = _person(work, staff_number, draft=draft, frame=frame)
    rights = book.rights(person)
    within = [row for row in _rows(work, form.name) if rights.sees(form.name, access_pb2.ACTION_SEE, row.facts)]
    return probe_pb2.PreviewRowsResponse(
        rows=[
            probe_pb2.PreviewRow(
                record_id=row.id,
                label=row.label,
                cells=list(_cells(rights.columns(form.name, row.facts), form, row.values)),
            )
            for row in within[:_MOST]
        ],
        total=len(within),
    )


def _cells(columns: Columns, form: Form, values: dict[str, str]) -> Iterator[probe_pb2.PreviewCell]:
    for each in form.columns.values():
        sensitive = bool(each.sensitivity)
        right = columns.right(each.path, sensitive=sensitive)
        value = values.get(each.path, "")
        shown = "" if right == HIDDEN else masked(value, each.sensitivity) if sensitive else value
        yield probe_pb2.PreviewCell(column=each.path, right=right, shown=shown)  # type: ignore[arg-type]  # enum number


def _person(work: Work, staff_number: str, *, draft: bool, frame: Frame) -> tuple[AccessBook, Actor]:
    rules = newest(work, frame, [staff_number])
    person = rules.actor(staff_number)
    if person is None:
        raise NotFound(form=STAFF, id=staff_number)
    return (rules.book.drafted(draft_document(work)) if draft else rules.book), person


def _rows(work: Work, form: str) -> list[Row]:
    units = organisation.all_units(work)
    if form == ORGANISATION:
        return [_unit_row(unit) for unit in units.values()]
    if form == STAFF:
        return [_person_row(person, units) for person in organisation.people_by_number(work).values()]
    return []


def _unit_row(unit: Unit) -> Row:
    return Row(unit.id, unit.code, f"{unit.code} {unit.name}", facts_of_unit(unit), {})


def _person_row(person: Person, units: dict[str, Unit]) -> Row:
    facts = facts_of_person(person.staff_number, units.get(person.unit_id))
    values = {
        "name": person.name,
        "phone": person.phone,
        "also_unit_ids": ", ".join(units[each].code for each in person.also),
        "positions": ", ".join(person.roles),
        "valid_from": person.valid_from.isoformat() if person.valid_from else "",
        "valid_to": person.valid_to.isoformat() if person.valid_to else "",
        "state": str(person.state),
    }
    return Row(person.id, person.staff_number, f"{person.staff_number} {person.name}", facts, values)
