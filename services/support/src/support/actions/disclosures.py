"""Values seen in full and rows taken out: authorised by the newest rules, counted, recorded, shown to the chief."""

import json
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from crm.common.v1 import access_pb2

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.identity import Actor
from chassis.paging import Page
from chassis.rights import MASKED, Columns, RowFacts
from support.actions.newest_rules import Frame, Newest, newest
from support.actions.policies import is_id
from support.domain.access_errors import DisclosureDenied, RequesterMayNot
from support.domain.approval import Approval, ApprovalKind, ApprovalState
from support.domain.disclosure import Disclosure, DisclosureKind, check_reason, left_after
from support.domain.errors import FieldRefused
from support.storage import approvals, disclosures


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service asks for on behalf of a person."""

    kind: DisclosureKind
    staff_number: str
    form: str
    record_id: str
    record_label: str
    column: str
    reason: str
    facts: RowFacts
    rows: int
    filter_json: str
    ip: str


@dataclass(frozen=True, slots=True)
class Authorised:
    """Whether it may be at once, or which approval waits."""

    granted: bool
    approval_id: str = ""
    left_today: int = 0


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """What was disclosed, and how far its columns are open to the caller."""

    disclosure: Disclosure
    columns: Columns


def authorise_disclosure(work: Work, asked: Asked, frame: Frame) -> Authorised:
    """Say whether a person may see a value in full or take rows out, by the rules of this moment; record it if so."""
    reason = check_reason(asked.reason)
    rules = newest(work, frame, [asked.staff_number])
    person = rules.actor(asked.staff_number)
    if person is None or not person.active:
        raise DisclosureDenied(form=asked.form, staff_number=asked.staff_number)
    if asked.kind == DisclosureKind.UNMASK:
        return _unmask(work, asked, reason, rules, person, frame)
    return _export(work, asked, reason, rules, person, frame)


def approved_export(work: Work, staff_number: str, export_id: str, summary: dict[str, Any], frame: Frame) -> None:
    """Record an export that a second person agreed to; refused when who asked may not take rows out any more."""
    rules = newest(work, frame, [staff_number])
    person = rules.actor(staff_number)
    if person is None or not rules.book.allows(person, summary["form"], access_pb2.ACTION_EXPORT):
        raise RequesterMayNot(form=summary["form"], staff_number=staff_number)
    bureau, community = rules.home(staff_number)
    disclosures.add(
        work,
        Disclosure(
            id=work.new_id(),
            kind=DisclosureKind.EXPORT,
            staff_number=staff_number,
            name=person.name,
            form=summary["form"],
            record_id=export_id,
            record_label=summary["label"],
            column="",
            reason=summary["reason"],
            at=work.now(),
            rows=summary["rows"],
            ip=summary["ip"],
            bureau_id=bureau,
            community_id=community,
        ),
    )


def list_disclosures(
    work: Work, staff_number: str, kind: DisclosureKind | None, page: Page
) -> tuple[list[DisclosureView], bool, int | None]:
    """Answer a page of what was disclosed within the caller's reach, whether more follow, and the total when wanted."""
    found, total = disclosures.list_disclosures(work, staff_number, kind, page)
    views = [
        DisclosureView(each, work.columns(disclosures.FORM, disclosures.facts_of_disclosure(each)))
        for each in found[: page.size]
    ]
    return views, len(found) > page.size, total


def _unmask(work: Work, asked: Asked, reason: str, rules: Newest, person: Actor, frame: Frame) -> Authorised:
    columns = rules.book.columns(person, asked.form, asked.facts)
    open_enough = columns.right(asked.column, sensitive=frame.sensitive(asked.form, asked.column)) >= MASKED
    if not asked.column or not columns.unmask or not open_enough:
        raise DisclosureDenied(form=asked.form, column=asked.column, staff_number=person.id)
    disclosures.take_turn(work, person.id)
    seen = disclosures.unmasked_since(work, person.id, _midnight(work, frame.zone))
    left = left_after(seen, frame.limits(_units(rules, person)).unmask_daily)
    disclosures.add(work, _recorded(work, asked, reason, rules, person))
    return Authorised(granted=True, left_today=left)


def _export(work: Work, asked: Asked, reason: str, rules: Newest, person: Actor, frame: Frame) -> Authorised:
    if not rules.book.allows(person, asked.form, access_pb2.ACTION_EXPORT):
        raise DisclosureDenied(form=asked.form, staff_number=person.id)
    if not is_id(asked.record_id):
        raise FieldRefused("record_id", "ID_INVALID")
    before = approvals.of_subject(work, asked.record_id)
    if before is not None:
        if before.requested_by != person.id:
            raise DisclosureDenied(form=asked.form, staff_number=person.id)
        # Asked again after the decision: it is recorded already.
        return Authorised(granted=before.state == ApprovalState.APPROVED, approval_id=before.id)
    if asked.rows <= frame.limits(_units(rules, person)).export_rows:
        if not disclosures.of_export(work, asked.record_id):
            disclosures.add(work, _recorded(work, asked, reason, rules, person))
        return Authorised(granted=True)
    bureau, community = rules.home(person.id)
    waiting = Approval(
        id=work.new_id(),
        kind=ApprovalKind.EXPORT,
        subject_id=asked.record_id,
        form=asked.form,
        summary=_summary(asked, reason),
        requested_by=person.id,
        requested_name=person.name,
        requested_at=work.now(),
        bureau_id=bureau,
        community_id=community,
    )
    approvals.add(work, waiting)
    return Authorised(granted=False, approval_id=waiting.id)


def _recorded(work: Work, asked: Asked, reason: str, rules: Newest, person: Actor) -> Disclosure:
    bureau, community = rules.home(person.id)
    return Disclosure(
        id=work.new_id(),
        kind=asked.kind,
        staff_number=person.id,
        name=person.name,
        form=asked.form,
        record_id=asked.record_id,
        record_label=asked.record_label,
        column=asked.column,
        reason=reason,
        at=work.now(),
        rows=asked.rows,
        ip=asked.ip,
        bureau_id=bureau,
        community_id=community,
    )


def _summary(asked: Asked, reason: str) -> str:
    try:
        wanted: Any = json.loads(asked.filter_json) if asked.filter_json else {}
    except ValueError as error:
        raise FieldRefused("filter_json", "JSON_INVALID") from error
    told: dict[str, Any] = {"form": asked.form, "rows": asked.rows, "filter": wanted, "reason": reason}
    return json.dumps(told | {"label": asked.record_label, "ip": asked.ip}, ensure_ascii=False)


def _units(rules: Newest, person: Actor) -> list[str]:
    """Answer the units whose limits hold for a person: their own first."""
    found = rules.people[person.id]
    return [found.unit_id, *found.also]


def _midnight(work: Work, zone: ZoneInfo) -> datetime:
    """Answer when the branch's day began."""
    return datetime.combine(business_day(work.now(), zone), time(), zone)
