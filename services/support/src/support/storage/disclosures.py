"""What was seen in full or taken out. Append-only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from chassis.access import RowColumns, RowFacts
from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.audit import AuditKind, AuditNote
from support.domain.disclosure import Disclosure, DisclosureKind
from support.storage.access_tables import disclosures
from support.storage.audit_queue import queue
from support.storage.tables import people

FORM = "support.disclosure"


def add(work: Work, found: Disclosure) -> None:
    """Record one."""
    work.session.execute(
        insert(disclosures).values(
            id=found.id,
            kind=str(found.kind),
            staff_number=found.staff_number,
            name=found.name,
            form=found.form,
            record_id=found.record_id,
            record_label=found.record_label or None,
            column_path=found.column or None,
            reason=found.reason,
            disclosed_at=found.at,
            row_count=found.rows,
            ip=found.ip or None,
            bureau_id=found.bureau_id or None,
            community_id=found.community_id or None,
        )
    )
    what = found.column if found.kind == DisclosureKind.UNMASK else f"{found.rows} rows"
    note = AuditNote(
        kind=AuditKind.UNMASK if found.kind == DisclosureKind.UNMASK else AuditKind.EXPORT,
        staff_number=found.staff_number,
        at=found.at,
        name=found.name,
        ip=found.ip,
        form=found.form,
        record_id=found.record_id,
        detail=f"{what}: {found.reason}",
    )
    queue(work, note)


def take_turn(work: Work, staff_number: str) -> None:
    """Wait until nobody else counts what this person saw: two at once would both find one left."""
    work.session.execute(select(people.c.id).where(people.c.staff_number == staff_number).with_for_update())


def unmasked_since(work: Work, staff_number: str, start: datetime) -> int:
    """Count the values somebody saw in full since a moment."""
    return work.session.execute(
        select(func.count())
        .select_from(disclosures)
        .where(
            disclosures.c.staff_number == staff_number,
            disclosures.c.disclosed_at >= start,
            disclosures.c.kind == str(DisclosureKind.UNMASK),
        )
    ).scalar_one()


def of_export(work: Work, export_id: str) -> bool:
    """Tell whether an export was recorded already."""
    question = select(disclosures.c.id).where(
        disclosures.c.record_id == export_id, disclosures.c.kind == str(DisclosureKind.EXPORT)
    )
    return work.session.execute(question).first() is not None


def facts_of_disclosure(found: Disclosure) -> RowFacts:
    """Answer what rules go by of one: who saw it, and where they belonged then."""
    return RowFacts((found.staff_number,), (), found.community_id, found.bureau_id)


def list_disclosures(
    work: Work, staff_number: str, kind: DisclosureKind | None, page: Page
) -> tuple[list[Disclosure], int | None]:
    """Answer a page within reach, newest first, one more when there are more, and the total when wanted."""
    reach = RowColumns(
        owner=(disclosures.c.staff_number,), community=disclosures.c.community_id, bureau=disclosures.c.bureau_id
    )
    conditions: list[ColumnElement[bool]] = [work.rows(FORM, access_pb2.ACTION_SEE, reach)]
    if staff_number:
        conditions.append(disclosures.c.staff_number == staff_number)
    if kind is not None:
        # Whether one comes would tell its kind.
        conditions += [work.rows(FORM, access_pb2.ACTION_SEE, reach, "kind"), disclosures.c.kind == str(kind)]
    total = None
    if page.with_total:
        total = work.session.execute(select(func.count()).select_from(disclosures).where(*conditions)).scalar_one()
    if page.after is not None:
        at, last = datetime.fromisoformat(str(page.after[0])), str(page.after[1])
        conditions.append(
            or_(disclosures.c.disclosed_at < at, and_(disclosures.c.disclosed_at == at, disclosures.c.id < last))
        )
    rows = work.session.execute(
        select(disclosures)
        .where(*conditions)
        .order_by(disclosures.c.disclosed_at.desc(), disclosures.c.id.desc())
        .limit(page.size + 1)
    )
    return [_disclosure(row) for row in rows], total


def move_units(work: Work, moved: Mapping[str, str]) -> None:
    """Let what was seen in a bureau that goes up in another be shown to the other's chief."""
    for old, new in moved.items():
        work.session.execute(update(disclosures).where(disclosures.c.bureau_id == old).values(bureau_id=new))


def _disclosure(row: Row[Any]) -> Disclosure:
    return Disclosure(
        id=row.id,
        kind=DisclosureKind(row.kind),
        staff_number=row.staff_number,
        name=row.name,
        form=row.form,
        record_id=row.record_id,
        record_label=row.record_label or "",
        column=row.column_path or "",
        reason=row.reason,
        at=row.disclosed_at,
        rows=row.row_count,
        ip=row.ip or "",
        bureau_id=row.bureau_id or "",
        community_id=row.community_id or "",
    )
