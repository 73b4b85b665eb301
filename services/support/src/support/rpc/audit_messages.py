"""Requests about the audit → what actions take, and back."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from crm.support.v1 import audit_pb2 as pb

from chassis import masking
from chassis.declarations import Forms
from support.actions.audit import EntryView
from support.domain.audit import AuditEntry, AuditKind, Verdict
from support.domain.audit_wanted import AuditCount, AuditWanted, CountBy, Finding, Span, span
from support.domain.calendar import parse_day
from support.domain.errors import FieldRefused
from support.domain.places import Subnet

_KINDS = {kind: pb.AuditKind.Value(f"AUDIT_KIND_{kind.name}") for kind in AuditKind}
_WORDS = {number: kind for kind, number in _KINDS.items()}
_FORM = Forms((pb.DESCRIPTOR,)).by_name["support.audit"]


def wanted(asked: pb.AuditFilter, today: date, zone: ZoneInfo) -> AuditWanted:
    """Read which entries are wanted; unknown kinds match nothing and are refused."""
    if unknown := [number for number in asked.kinds if number not in _WORDS]:
        raise FieldRefused("filter.kinds", "FIELD_INVALID", value=str(unknown[0]))
    return AuditWanted(
        span=days(asked.from_day, asked.to_day, today, zone),
        staff_number=asked.staff_number.strip(),
        unit_id=asked.unit_id,
        kinds=tuple(_WORDS[number] for number in asked.kinds),
        form=asked.form,
        record_id=asked.record_id,
    )


def days(first: str, last: str, today: date, zone: ZoneInfo) -> Span:
    """Read a span of days."""
    since = parse_day(first, "filter.from_day") if first else None
    until = parse_day(last, "filter.to_day") if last else None
    return span(since, until, today, zone)


def count_by(asked: str) -> CountBy:
    """Read what is counted by."""
    try:
        return CountBy(asked)
    except ValueError:
        raise FieldRefused("by", "FIELD_INVALID", allowed=" ".join(CountBy)) from None


def listed(view: EntryView) -> pb.AuditEntry:
    """Pack an entry as far as its columns are open to the caller, and say what was left out."""
    packed = _packed(view.entry)
    masking.tell(packed, view.columns, _FORM)
    return packed


def taken_out(view: EntryView) -> pb.AuditEntry:
    """Pack an entry for a file, as far as its columns are open to the caller."""
    packed = _packed(view.entry)
    masking.apply(packed, view.columns)
    return packed


def _packed(found: AuditEntry) -> pb.AuditEntry:
    packed = pb.AuditEntry(
        day=found.day.isoformat(),
        sequence=found.sequence,
        kind=_KINDS[AuditKind(found.kind)],
        staff_number=found.staff_number,
        name=found.name,
        unit_id=found.unit_id,
        ip=found.ip,
        place=found.place,
        device=found.device,
        form=found.form,
        record_id=found.record_id,
        detail=found.detail,
    )
    packed.at.FromDatetime(found.at)
    return packed


def counts(found: Iterable[AuditCount]) -> list[pb.AuditCount]:
    """Pack counts."""
    return [
        pb.AuditCount(
            key=each.key,
            name=each.name,
            sign_ins=each.sign_ins,
            failed=each.failed,
            record_views=each.record_views,
            records=each.records,
            page_views=each.page_views,
            disclosures=each.disclosures,
        )
        for each in found
    ]


def findings(found: Iterable[Finding]) -> list[pb.AuditFinding]:
    """Pack findings."""
    return [
        pb.AuditFinding(
            kind=str(each.pattern),
            staff_number=each.staff_number,
            name=each.name,
            day=each.day.isoformat(),
            count=each.count,
            threshold=each.threshold,
        )
        for each in found
    ]


def verdict(found: Verdict) -> pb.VerifyAuditDayResponse:
    """Pack what a verification found."""
    return pb.VerifyAuditDayResponse(
        intact=found.intact,
        entries=found.entries,
        first_wrong=found.first_wrong,
        reason=str(found.reason) if found.reason is not None else "",
    )


def subnets(found: Iterable[Subnet]) -> list[pb.Subnet]:
    """Pack subnets."""
    return [pb.Subnet(cidr=each.cidr, place=each.place) for each in found]
