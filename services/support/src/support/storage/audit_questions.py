"""Questions about the entries: lists, counts and unusual patterns, each kept to the rows within reach."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import Column, ColumnElement, False_, True_, and_, case, distinct, func, or_, select

from chassis.access import RowColumns, RowFacts
from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.sql import pieces
from support.domain.audit import AuditEntry, AuditKind
from support.domain.audit_wanted import AuditCount, AuditWanted, CountBy, Span
from support.storage.audit_entries import entry_of
from support.storage.audit_places import units_below
from support.storage.audit_tables import audit_entries as entries

FORM = "support.audit"
MOST_COUNTS = 2000
_ROWS = RowColumns(owner=(entries.c.staff_number,), community=entries.c.unit_id, bureau=entries.c.bureau_id)
# What an entry can be looked for by beside whose it is, when it was and where they belonged: columns that rules may close.
_SOUGHT = {"kinds": "kind", "form": "form", "record_id": "record_id"}
_KEYS = {CountBy.PERSON: entries.c.staff_number, CountBy.UNIT: entries.c.unit_id, CountBy.DAY: entries.c.on_day}


def facts_of_entry(entry: AuditEntry) -> RowFacts:
    """Answer what rules go by of an entry: who it is of, and where they belonged then."""
    return RowFacts((entry.staff_number,), (), entry.unit_id, entry.bureau_id)


def list_entries(work: Work, wanted: AuditWanted, page: Page) -> tuple[list[AuditEntry], int | None]:
    """Answer a page, newest first, one more than asked for when there are more, and the total when wanted."""
    conditions = _conditions(work, wanted, access_pb2.ACTION_SEE)
    total = count_entries(work, conditions) if page.with_total else None
    if page.after is not None:
        conditions.append(_after(page.after))
    question = select(entries).where(*conditions).order_by(*_newest_first()).limit(page.size + 1)
    return [entry_of(row) for row in work.session.execute(question)], total


def entries_to_export(work: Work, wanted: AuditWanted, most: int) -> list[AuditEntry]:
    """Answer everything wanted that the caller may take out, newest first; one more than `most` when there are more."""
    # Nothing is taken out that is not seen.
    seen = _within_reach(work)
    conditions = [*_conditions(work, wanted, access_pb2.ACTION_EXPORT), seen]
    question = select(entries).where(*conditions).order_by(*_newest_first()).limit(most + 1)
    return [entry_of(row) for row in work.session.execute(question)]


def count_entries(work: Work, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Answer how many entries meet conditions."""
    return work.session.execute(select(func.count()).select_from(entries).where(*conditions)).scalar_one()


def count_by(work: Work, wanted: AuditWanted, by: CountBy) -> list[AuditCount]:
    """Answer counts, the highest first; days the newest first. Of an entry whose kind is closed to the caller no kind counts."""
    key = _KEYS[by]
    total = func.count().label("total")
    kind, record = _open(work, entries.c.kind), _open(work, entries.c.record_id)
    question = (
        select(
            key.label("its_key"),
            func.max(_open(work, entries.c.name)).label("its_name"),
            _how_many(kind, AuditKind.SIGN_IN).label("sign_ins"),
            _how_many(kind, AuditKind.SIGN_IN_FAILED).label("failed"),
            _how_many(kind, AuditKind.RECORD_VIEW).label("record_views"),
            func.count(distinct(case((kind == str(AuditKind.RECORD_VIEW), record)))).label("records"),
            _how_many(kind, AuditKind.PAGE_VIEW).label("page_views"),
            _how_many(kind, AuditKind.UNMASK, AuditKind.EXPORT).label("disclosures"),
            total,
        )
        .where(*_conditions(work, wanted, access_pb2.ACTION_SEE))
        .group_by(key)
        .order_by(key.desc() if by is CountBy.DAY else total.desc(), key)
        .limit(MOST_COUNTS)
    )
    return [
        AuditCount(
            key=row.its_key.isoformat() if by is CountBy.DAY else row.its_key or "",
            name=(row.its_name or "") if by is CountBy.PERSON else "",
            sign_ins=row.sign_ins,
            failed=row.failed,
            record_views=row.record_views,
            records=row.records,
            page_views=row.page_views,
            disclosures=row.disclosures,
        )
        for row in work.session.execute(question)
    ]


def counts_above(work: Work, days: Span, kind: AuditKind, threshold: int) -> list[tuple[str, str, date, int]]:
    """Answer who did something more often in a day than that: number, name, day, how often. Of records each counts once."""
    records = func.count(distinct(_open(work, entries.c.record_id)))
    how_many = records if kind is AuditKind.RECORD_VIEW else func.count()
    question = (
        select(entries.c.staff_number, func.max(_open(work, entries.c.name)), entries.c.on_day, how_many)
        .where(
            _within_reach(work, "kind"),
            entries.c.kind == str(kind),
            entries.c.on_day.between(days.first, days.last),
        )
        .group_by(entries.c.staff_number, entries.c.on_day)
        .having(how_many > threshold)
    )
    return [(number or "", name or "", on, count) for number, name, on, count in work.session.execute(question)]


def night_counts(work: Work, days: Span, begins: int, ends: int) -> list[tuple[str, str, date, int, int]]:
    """Answer looks at records late and early in the days, and the early ones of the day after: the nights of these days."""
    late, early = entries.c.local_hour >= begins, entries.c.local_hour < ends
    question = (
        select(
            entries.c.staff_number,
            func.max(_open(work, entries.c.name)),
            entries.c.on_day,
            func.sum(case((late, 1), else_=0)),
            func.sum(case((early, 1), else_=0)),
        )
        .where(
            _within_reach(work, "kind"),
            entries.c.kind == str(AuditKind.RECORD_VIEW),
            or_(late, early),
            entries.c.on_day.between(days.first, days.last + timedelta(days=1)),
        )
        .group_by(entries.c.staff_number, entries.c.on_day)
    )
    return [
        (number or "", name or "", on, int(evening), int(morning))
        for number, name, on, evening, morning in work.session.execute(question)
    ]


def hash_at(work: Work, day: date, sequence: int) -> str | None:
    """Answer the hash of one entry."""
    question = select(entries.c.hash).where(entries.c.day == day, entries.c.sequence == sequence)
    return work.session.execute(question).scalar()


def _within_reach(work: Work, column: str = "") -> ColumnElement[bool]:
    return work.rows(FORM, access_pb2.ACTION_SEE, _ROWS, column)


def _open(work: Work, column: Column[str]) -> ColumnElement[str]:
    """Answer a column where it is open in full to the caller, and nothing elsewhere: what is put together goes by it."""
    within = _within_reach(work, column.name)
    if work.access.opens(work.actor, FORM, column.name) or isinstance(within, True_):
        return column
    # Oracle knows no condition that is just false: what is nothing anyway stands for it.
    return case((column.is_(None) if isinstance(within, False_) else within, column))


def _how_many(kind: ColumnElement[str], *kinds: AuditKind) -> ColumnElement[int]:
    return func.sum(case((kind.in_([str(each) for each in kinds]), 1), else_=0))


def _newest_first() -> tuple[ColumnElement[Any], ...]:
    return entries.c.at.desc(), entries.c.day.desc(), entries.c.sequence.desc()


def _after(cursor: tuple[Any, ...]) -> ColumnElement[bool]:
    at, day, sequence = datetime.fromisoformat(str(cursor[0])), date.fromisoformat(str(cursor[1])), int(cursor[2])
    same = entries.c.at == at
    return or_(
        entries.c.at < at,
        and_(same, entries.c.day < day),
        and_(same, entries.c.day == day, entries.c.sequence < sequence),
    )


def _conditions(work: Work, wanted: AuditWanted, action: int) -> list[ColumnElement[bool]]:
    found = [work.rows(FORM, action, _ROWS), entries.c.at >= wanted.span.begins, entries.c.at < wanted.span.ends]
    # Whether an entry comes would tell what it holds.
    found += [_within_reach(work, column) for asked, column in _SOUGHT.items() if getattr(wanted, asked)]
    if wanted.staff_number:
        found.append(entries.c.staff_number == wanted.staff_number)
    if wanted.unit_id:
        below = units_below(work, wanted.unit_id)
        found.append(or_(*(entries.c.unit_id.in_(some) for some in pieces(below))))
    if wanted.kinds:
        found.append(entries.c.kind.in_([str(kind) for kind in wanted.kinds]))
    if wanted.form:
        found.append(entries.c.form == wanted.form)
    if wanted.record_id:
        found.append(entries.c.record_id == wanted.record_id)
    return found
