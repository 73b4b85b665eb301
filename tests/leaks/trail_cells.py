"""Every way in which what people did can be met: sign-ins, the audit, what was seen in full. Row by row, column by column."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import python_calamine
from crm.support.v1 import access_pb2 as rules_pb
from crm.support.v1 import audit_pb2 as pb
from crm.support.v1 import support_pb2

from support.audit_sheet import kind_word
from tests.leaks.found import Found
from tests.leaks.office import AUDIT, DISCLOSURE, PAGE, SIGN_IN, Office
from tests.leaks.office_rows import bureau_of, place_of
from tests.leaks.reading import B1, EXPORT, READ, SEE, Reading, text
from tests.support.branch import ZONE

SPAN: dict[str, Any] = {"from_day": "2026-11-20", "to_day": "2026-11-24"}
VIEW, SIGNED_IN, FAILED = pb.AUDIT_KIND_RECORD_VIEW, pb.AUDIT_KIND_SIGN_IN, pb.AUDIT_KIND_SIGN_IN_FAILED
UNMASK, TAKEN_OUT = rules_pb.DISCLOSURE_KIND_UNMASK, rules_pb.DISCLOSURE_KIND_EXPORT
CELLS = ("kind", "", "name", "", "ip", "place", "device", "form", "record_id", "detail")


class Trail:
    """What one who sees everything is shown of what people did."""

    def __init__(self, stays: Any, entries: Any, disclosures: Any) -> None:
        self.stays: dict[str, support_pb2.SignIn] = {each.id: each for each in stays}
        self.entries: dict[str, pb.AuditEntry] = {key_of(each): each for each in entries}
        self.disclosures: dict[str, rules_pb.Disclosure] = {each.id: each for each in disclosures}

    @classmethod
    async def asked_of(cls, office: Office) -> "Trail":
        """Asks in the name of who sees everything."""
        calls = office.by("god", "god")
        stays = (await calls["support"].ListSignIns(support_pb2.ListSignInsRequest(page=PAGE))).sign_ins
        wanted = pb.ListAuditEntriesRequest(filter=pb.AuditFilter(**SPAN), page=PAGE)
        entries = (await calls["audit"].ListAuditEntries(wanted)).entries
        disclosures = (await calls["access"].ListDisclosures(rules_pb.ListDisclosuresRequest(page=PAGE))).disclosures
        found = cls(stays, entries, disclosures)
        people = len(office.homes)
        assert (len(found.stays), len(found.entries), len(found.disclosures)) == (people, people * 4, people)
        assert all(each.place and each.ip and each.device for each in found.entries.values())
        return found


def key_of(entry: Any) -> str:
    """What names an entry."""
    return f"{entry.day} {entry.sequence}"


class TrailComparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, office: Office, reading: Reading, found: Found, chance: random.Random, trail: Trail) -> None:
        self.office, self.reading, self.found, self.chance, self.trail = office, reading, found, chance, trail
        self.calls = office.by(reading.who.number, *reading.who.positions)
        self.places = {number: place_of(number, unit) for number, unit in office.homes.items()}
        self.at = reading.who.number

    async def everything(self) -> None:
        """Each way in turn."""
        await self.stays()
        await self.audit()
        await self.audit_file()
        await self.subnets()
        await self.disclosures()

    def open(self, form: str, column: str, number: str) -> bool:
        """Whether a column of what somebody did is open in full."""
        return self.reading.right(form, column, False, self.places[number]) >= READ

    def within(self, form: str, rows: dict[str, Any], *actions: int) -> dict[str, Any]:
        """The rows within reach of each of these."""
        return {
            key: row
            for key, row in rows.items()
            if all(self.reading.may(form, action, self.places[row.staff_number]) for action in actions)
        }

    async def asked(self, service: str, method: str, request: Any, form: str, action: int) -> Any:
        """The answer of a list; whether the gate let it through is compared."""
        answer, refused = await self.calls[service].ask(method, request)
        self.found.said(f"{self.at} {method}", self.reading.may_call(form, action), refused is None)
        return answer

    def listed(self, at: str, expected: dict[str, Any], got: dict[str, Any], truth: dict[str, Any], total: int) -> None:
        """Compares a list: which rows, how many in all, and every column of each."""
        self.found.rows(at, set(expected), set(got), len(truth))
        self.found.value(f"{at} total", len(expected), total)
        for key, row in got.items():
            if key in truth:
                self.found.record(at, self.reading, self.places[row.staff_number], truth[key], row)

    async def stays(self) -> None:
        """Sign-ins."""
        for number in ("", "m001"):
            request = support_pb2.ListSignInsRequest(staff_number=number, page=PAGE)
            answer = await self.asked("support", "ListSignIns", request, SIGN_IN, SEE)
            if answer is not None:
                seen = self.within(SIGN_IN, self.trail.stays, SEE)
                expected = {key: row for key, row in seen.items() if number in ("", row.staff_number)}
                got = {each.id: each for each in answer.sign_ins}
                self.listed(f"{self.at} sign-ins({number})", expected, got, self.trail.stays, answer.page.total)

    async def audit(self) -> None:
        """Entries each way of filtering them, counts by person, unit and day, and unusual patterns."""
        one = self.chance.choice([each for each in self.trail.entries.values() if each.record_id])
        homes = self.office.homes
        asked: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
            ({}, lambda _: True),
            ({"staff_number": one.staff_number}, lambda e: e.staff_number == one.staff_number),
            ({"unit_id": B1}, lambda e: B1 in (homes[e.staff_number], bureau_of(homes[e.staff_number]))),
            ({"form": one.form}, lambda e: e.form == one.form and self.open(AUDIT, "form", e.staff_number)),
            ({"record_id": one.record_id}, lambda e: e.record_id == one.record_id and self.open(AUDIT, "record_id", e.staff_number)),
            ({"kinds": [FAILED]}, lambda e: e.kind == FAILED and self.open(AUDIT, "kind", e.staff_number)),
        ]  # fmt: skip
        for narrowed, matches in asked:
            wanted = pb.AuditFilter(**SPAN, **narrowed)
            request = pb.ListAuditEntriesRequest(filter=wanted, page=PAGE)
            answer = await self.asked("audit", "ListAuditEntries", request, AUDIT, SEE)
            if answer is None:
                return
            expected = {k: e for k, e in self.within(AUDIT, self.trail.entries, SEE).items() if matches(e)}
            got = {key_of(each): each for each in answer.entries}
            self.listed(f"{self.at} audit({sorted(narrowed)})", expected, got, self.trail.entries, answer.page.total)
            for by in ("person", "unit", "day"):
                await self.counts(wanted, by, list(expected.values()))
        await self.findings(list(self.within(AUDIT, self.trail.entries, SEE).values()))

    async def counts(self, wanted: pb.AuditFilter, by: str, expected: list[Any]) -> None:
        """Counts hold what the list would show, and nothing that it would not tell."""
        request = pb.CountAuditEntriesRequest(filter=wanted, by=by)
        answer = await self.asked("audit", "CountAuditEntries", request, AUDIT, SEE)
        told: dict[str, pb.AuditCount] = {}
        records: dict[str, set[str]] = {}
        for each in expected:
            key = {"person": each.staff_number, "unit": each.unit_id, "day": day_of(each).isoformat()}[by]
            count = told.setdefault(key, pb.AuditCount(key=key))
            if by == "person" and self.open(AUDIT, "name", each.staff_number):
                count.name = each.name
            if self.open(AUDIT, "kind", each.staff_number):
                count.sign_ins += each.kind == SIGNED_IN
                count.failed += each.kind == FAILED
                count.record_views += each.kind == VIEW
                if each.kind == VIEW and self.open(AUDIT, "record_id", each.staff_number):
                    records.setdefault(key, set()).add(each.record_id)
                    count.records = len(records[key])
        got = {count.key: count for count in answer.counts}
        at = f"{self.at} counts by {by}"
        self.found.rows(at, set(told), set(got), len(self.places))
        for key, count in told.items():
            for field in ("name", "sign_ins", "failed", "record_views", "records"):
                self.found.value(f"{at} {field}", getattr(count, field), getattr(got.get(key, pb.AuditCount()), field))

    async def findings(self, seen: list[Any]) -> None:
        """Unusual patterns, made of what is open alone."""
        answer = await self.asked("audit", "ListAuditFindings", pb.ListAuditFindingsRequest(**SPAN), AUDIT, SEE)
        expected: dict[tuple[str, str, str], int] = {}
        records: dict[tuple[str, str, str], set[str]] = {}
        names: dict[str, str] = {}
        for each in seen:
            number = each.staff_number
            names[number] = each.name if self.open(AUDIT, "name", number) else ""
            if not self.open(AUDIT, "kind", number):
                continue
            if each.kind == FAILED:
                key = ("MANY_FAILED_SIGN_INS", number, day_of(each).isoformat())
                expected[key] = expected.get(key, 0) + 1
            if each.kind == VIEW and (night := night_of(each)):
                key = ("NIGHT_VIEWS", number, night.isoformat())
                expected[key] = expected.get(key, 0) + 1
            if each.kind == VIEW and self.open(AUDIT, "record_id", number):
                records.setdefault(("MASS_VIEWS", number, day_of(each).isoformat()), set()).add(each.record_id)
        expected |= {key: len(some) for key, some in records.items() if len(some) > 1}
        got = {(each.kind, each.staff_number, each.day): each for each in answer.findings}
        words = {" ".join(key) for key in expected}
        self.found.rows(f"{self.at} findings", words, {" ".join(key) for key in got}, len(self.places) * 3)
        for key, count in expected.items():
            if key in got:
                self.found.value(f"{self.at} finding", (count, names[key[1]]), (got[key].count, got[key].name))

    async def audit_file(self) -> None:
        """Entries as a file, read back cell by cell."""
        request = pb.ExportAuditEntriesRequest(filter=pb.AuditFilter(**SPAN), reason="例行检查")
        answer = await self.asked("audit", "ExportAuditEntries", request, AUDIT, EXPORT)
        if answer is None:
            return
        path = self.office.folder / "audit.xlsx"
        path.write_bytes(answer.file)
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        _, _, *lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        told = {f"{line[11]} {line[12]}": line for line in lines}
        entries = self.trail.entries
        expected = self.within(AUDIT, entries, SEE, EXPORT)
        self.found.rows(f"{self.at} audit file", set(expected), set(told), len(entries))
        for key, line in told.items():
            truth, place = entries[key], self.places[entries[key].staff_number]
            for column, cell in zip(CELLS, line[1:11], strict=True):
                if not column:
                    continue
                right = self.reading.right(AUDIT, column, False, place)
                value = kind_word(truth.kind, "zh") if column == "kind" else getattr(truth, column)
                # A mask leaves of a word of ours nothing to recognise.
                shown = text(value, right, 0) if column != "kind" or right >= READ else ""
                self.found.value(f"{self.at} audit file {column}", shown, str(cell))

    async def subnets(self) -> None:
        """The table that tells places from addresses is for who is shown both everywhere."""
        answer = await self.asked("audit", "ListSubnets", pb.ListSubnetsRequest(), AUDIT, SEE)
        if answer is not None:
            seen = {row.staff_number for row in self.within(AUDIT, self.trail.entries, SEE).values()}
            whole = all(self.open(AUDIT, column, number) for number in seen for column in ("ip", "place"))
            self.found.said(f"{self.at} subnets", whole, bool(answer.subnets) or whole)

    async def disclosures(self) -> None:
        """What was seen in full and taken out."""
        rows = self.trail.disclosures
        for number, kind in (("", 0), ("m001", 0), ("", UNMASK), ("", TAKEN_OUT)):
            request = rules_pb.ListDisclosuresRequest(staff_number=number, kind=kind, page=PAGE)  # pyright: ignore[reportArgumentType]  # enum number
            answer = await self.asked("access", "ListDisclosures", request, DISCLOSURE, SEE)
            if answer is not None:
                expected = {
                    key: row
                    for key, row in self.within(DISCLOSURE, rows, SEE).items()
                    if number in ("", row.staff_number)
                    and (not kind or (row.kind == kind and self.open(DISCLOSURE, "kind", row.staff_number)))
                }
                # The exports of the office itself are recorded too.
                got = {each.id: each for each in answer.disclosures if each.id in rows}
                more = len(answer.disclosures) - len(got)
                self.listed(f"{self.at} disclosures({number} {kind})", expected, got, rows, answer.page.total - more)


def day_of(entry: Any) -> date:
    """The branch's day on which something was done."""
    return _local(entry).date()


def night_of(entry: Any) -> date | None:
    """The day whose night it was, or none."""
    at = _local(entry)
    if at.hour >= 22:
        return at.date()
    return at.date() - timedelta(days=1) if at.hour < 6 else None


def _local(entry: Any) -> datetime:
    local: datetime = entry.at.ToDatetime(UTC).astimezone(ZONE)
    return local
