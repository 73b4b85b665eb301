"""Answers, where the rows are, what a person would see there and by which rule: for the permission editor in support.

One servicer for every service; a service says how its forms' rows are found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm.access.v1 import probe_pb2 as pb
from crm.access.v1 import probe_pb2_grpc
from crm.common.v1 import access_pb2
from google.protobuf.message import Message
from grpc.aio import ServicerContext

from chassis import masking
from chassis.access import AccessBook
from chassis.database import Database, Unit
from chassis.declarations import Form, Forms
from chassis.errors import InvalidField
from chassis.identity import Actor, caller
from chassis.rights import HIDDEN, Columns, RowFacts, Rule

Context = ServicerContext[Any, Any]
Found = tuple[Message, RowFacts]
_MOST = 20


@dataclass(frozen=True)
class Probed:
    """How one form's rows are found."""

    find: Callable[[Unit, str], Found | None]
    """One record by id or number, whoever may see it, packed without masks."""
    some: Callable[[Unit, int], tuple[Sequence[Found], int]]
    """The first records within reach of the unit's actor, packed without masks, and how many there are."""
    label: Callable[[Any], str]
    """What a record is recognised by: its number or title; no sensitive column."""


@dataclass
class ProbeServicer(probe_pb2_grpc.AccessProbeServiceServicer):
    """Answers `crm.access.v1.AccessProbeService` for one service."""

    database: Database
    access: AccessBook
    forms: Forms
    probed: Mapping[str, Probed]
    count: Callable[[Unit, Sequence[str], str], Mapping[str, int]]
    """Rows by form that lie in units, or that a person has."""

    async def ExplainRow(self, request: pb.ExplainRowRequest, context: Context) -> pb.ExplainRowResponse:
        """Says which rules let a person see one row and its columns, or keep them from it."""
        form, probed = self._form(request.form)
        found = await self.database.read(caller(), probed.find, request.record.strip())
        if found is None:
            return pb.ExplainRowResponse(found=False)
        book = self._book(request)
        return explained(book, self._person(book, request.staff_number), form, found[1])

    async def PreviewRows(self, request: pb.PreviewRowsRequest, context: Context) -> pb.PreviewRowsResponse:
        """Shows some real rows as a person would see them; sensitive values never leave in full."""
        form, probed = self._form(request.form)
        book = self._book(request)
        person = self._person(book, request.staff_number)
        size = min(max(request.size, 1), _MOST)
        rows, total = await self.database.read(person, _as_seen, book, probed, size)
        shown = [_preview(book.columns(person, form.name, facts), form, message, probed) for message, facts in rows]
        return pb.PreviewRowsResponse(rows=shown, total=total)

    async def CountRows(self, request: pb.CountRowsRequest, context: Context) -> pb.CountRowsResponse:
        """Counts the rows that lie in units, or that a person has."""
        counts = await self.database.read(caller(), self.count, list(request.unit_ids), request.staff_number)
        return pb.CountRowsResponse(counts=[pb.FormCount(form=form, rows=rows) for form, rows in counts.items()])

    def _form(self, name: str) -> tuple[Form, Probed]:
        probed = self.probed.get(name)
        if probed is None:
            raise InvalidField("form", "FORM_UNKNOWN")
        return self.forms.by_name[name], probed

    def _book(self, request: pb.ExplainRowRequest | pb.PreviewRowsRequest) -> AccessBook:
        return self.access.drafted(request.rules) if request.HasField("rules") else self.access

    def _person(self, book: AccessBook, staff_number: str) -> Actor:
        person = book.actor_of(staff_number)
        if person is None:
            raise InvalidField("staff_number", "PERSON_UNKNOWN")
        return person


def _as_seen(unit: Unit, book: AccessBook, probed: Probed, size: int) -> tuple[Sequence[Found], int]:
    return probed.some(replace(unit, access=book), size)


def explained(book: AccessBook, person: Actor, form: Form, row: RowFacts) -> pb.ExplainRowResponse:
    """Answers what a person may do with a row, what each of their rules says of it, and what decides each column."""
    rights = book.rights(person)
    columns = rights.columns(form.name, row)
    return pb.ExplainRowResponse(
        found=True,
        actions=[action for action in sorted(form.actions) if rights.sees(form.name, action, row)],  # type: ignore[misc]  # enum numbers
        verdicts=[_verdict(rule, row) for rule in rights.rules.get(form.name, ())],
        columns=[_column(columns, column.path, sensitive=bool(column.sensitivity)) for column in form.columns.values()],
        facts=pb.RowFacts(
            owners=row.owners,
            customer_keepers=row.customer_keepers,
            community_id=row.community,
            bureau_id=row.bureau,
        ),
    )


def _verdict(rule: Rule, row: RowFacts) -> pb.RuleVerdict:
    return pb.RuleVerdict(
        rule_id=rule.id, role=rule.role, held_by=rule.held_by, reaches=rule.reach.covers(row), refuses=rule.refuse
    )


def _column(columns: Columns, path: str, *, sensitive: bool) -> pb.ColumnVerdict:
    found = columns.verdict(path, sensitive=sensitive)
    return pb.ColumnVerdict(
        column=path,
        right=found.right,  # type: ignore[arg-type]  # enum number
        rule_id=found.rule.id if found.rule else "",
        reason=found.reason,
    )


def _preview(columns: Columns, form: Form, message: Any, probed: Probed) -> pb.PreviewRow:
    cells = [
        _map_cell(columns, path, message) if path in form.maps else _cell(columns, path, column.sensitivity, message)
        for path, column in form.columns.items()
        if "." not in path
    ]
    return pb.PreviewRow(record_id=message.id, label=probed.label(message), cells=cells)


def _cell(columns: Columns, path: str, sensitivity: int, message: Any) -> pb.PreviewCell:
    right = columns.right(path, sensitive=bool(sensitivity))
    value: Any = getattr(message, path)
    text = _text(value) if right != HIDDEN else ""
    # Whoever edits permissions need not see the branch's customers: a sensitive value is masked whatever the right.
    shown = masking.masked(text, sensitivity) if sensitivity else text
    if right == access_pb2.COLUMN_RIGHT_MASKED and not sensitivity:
        shown = masking.masked(text, 0)
    return pb.PreviewCell(column=path, right=right, shown=shown)  # type: ignore[arg-type]  # enum number


def _map_cell(columns: Columns, path: str, message: Any) -> pb.PreviewCell:
    held = masking.shown_map(getattr(message, path), path, columns)
    text = "; ".join(f"{name}={value}" for name, value in sorted(held.items()))
    return pb.PreviewCell(column=path, right=columns.right(path), shown=text)  # type: ignore[arg-type]  # enum number


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, str | int | float):
        return str(value) if value else ""
    if isinstance(value, Message):
        return " ".join(f"{field.name}={held}" for field, held in value.ListFields())
    return ", ".join(str(each) for each in value)
