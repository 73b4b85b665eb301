"""What may be asked of the audit, and what it is told by the portal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chassis.database import Unit as Work
from chassis.paging import Page
from chassis.rights import Columns
from support.domain.audit import AuditEntry, AuditKind, Witness
from support.domain.audit_wanted import AuditCount, AuditWanted, CountBy, Finding, Pattern, Span
from support.domain.errors import FieldRefused, TooManyRows
from support.domain.places import Subnet, parse_subnets
from support.storage import audit_places, audit_questions, audit_queue

MOST_EXPORTED = 100_000
NIGHT_BEGINS, NIGHT_ENDS = 22, 6


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry, and how far its columns are open to the caller."""

    entry: AuditEntry
    columns: Columns


def list_audit(work: Work, wanted: AuditWanted, page: Page) -> tuple[list[EntryView], bool, int | None]:
    """Answer a page of entries, whether more follow, and the total when wanted."""
    found, total = audit_questions.list_entries(work, wanted, page)
    return _views(work, found[: page.size]), len(found) > page.size, total


def count_audit(work: Work, wanted: AuditWanted, by: CountBy) -> list[AuditCount]:
    """Answer counts by person, unit or day."""
    return audit_questions.count_by(work, wanted, by)


def find_unusual(work: Work, days: Span, night_views: int, mass_views: int, failed_sign_ins: int) -> list[Finding]:
    """Answer unusual patterns, newest first."""
    found = [
        Finding(Pattern.MASS_VIEWS, number, name, on, count, mass_views)
        for number, name, on, count in audit_questions.counts_above(work, days, AuditKind.RECORD_VIEW, mass_views)
    ]
    found += [
        Finding(Pattern.MANY_FAILED_SIGN_INS, number, name, on, count, failed_sign_ins)
        for number, name, on, count in audit_questions.counts_above(
            work, days, AuditKind.SIGN_IN_FAILED, failed_sign_ins
        )
    ]
    found += _nights(work, days, night_views)
    return sorted(found, key=lambda each: (-each.day.toordinal(), each.pattern, -each.count, each.staff_number))


def export_audit(work: Work, wanted: AuditWanted) -> list[EntryView]:
    """Answer the entries for a file; taking them out is authorised and recorded before it leaves."""
    found = audit_questions.entries_to_export(work, wanted, MOST_EXPORTED)
    if len(found) > MOST_EXPORTED:
        raise TooManyRows(maximum=str(MOST_EXPORTED))
    return _views(work, found)


def record_page_view(work: Work, path: str) -> None:
    """Record that the caller opened a page. What follows the path may carry what was searched for, and is left out."""
    page = audit_queue.clean(path.partition("?")[0].partition("#")[0])
    if not page.startswith("/") or len(page) > 200:
        raise FieldRefused("path", "PATH_INVALID", maximum="200")
    audit_queue.queue_own(work, AuditKind.PAGE_VIEW, detail=page)


def list_subnets(work: Work) -> list[Subnet]:
    """Answer the subnets, the narrowest first; none to who does not see addresses and places of every entry in full.

    The table tells one from the other.
    """
    told = all(work.access.opens(work.actor, audit_questions.FORM, column) for column in ("ip", "place"))
    return audit_places.subnets(work) if told else []


def set_subnets(work: Work, given: Sequence[tuple[str, str]]) -> list[Subnet]:
    """Let the subnets be these. Entries that are there keep the place they were given."""
    wanted = parse_subnets(given)
    audit_places.replace_subnets(work, wanted)
    return wanted


def is_as_published(work: Work, witness: Witness) -> bool:
    """Tell whether the chain still holds what was published of it."""
    return audit_questions.hash_at(work, witness.day, witness.sequence) == witness.head


def _views(work: Work, found: Sequence[AuditEntry]) -> list[EntryView]:
    form = audit_questions.FORM
    return [EntryView(entry, work.columns(form, audit_questions.facts_of_entry(entry))) for entry in found]


def _nights(work: Work, days: Span, threshold: int) -> list[Finding]:
    nights: defaultdict[tuple[str, date], int] = defaultdict(int)
    names: dict[str, str] = {}
    for number, name, on, late, early in audit_questions.night_counts(work, days, NIGHT_BEGINS, NIGHT_ENDS):
        nights[number, on] += late
        nights[number, on - timedelta(days=1)] += early
        names[number] = name
    return [
        Finding(Pattern.NIGHT_VIEWS, number, names[number], night, count, threshold)
        for (number, night), count in nights.items()
        if count > threshold and days.first <= night <= days.last
    ]
