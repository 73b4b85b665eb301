"""Every way in which staff, units and what binds them can be met, compared with the reading: the calls of one person."""

import random
from collections.abc import Callable
from typing import Any

import python_calamine
from crm.support.v1 import organisation_pb2 as pb
from crm.support.v1 import support_pb2

from chassis.ids import new_id
from tests.leaks.found import Found
from tests.leaks.office import CANARIES, DECLARED, ORGANISATION, PAGE, STAFF, Office
from tests.leaks.office_rows import place_of, remove_person, unit_place
from tests.leaks.policies import KINDS
from tests.leaks.reading import B2, CHANGE, CREATE, EXPORT, HIDDEN, PARENTS, READ, SEE, Reading, text

KIND = {path: column.sensitivity for path, column in DECLARED.by_name[STAFF].columns.items()}
DELETE = 4
SHEET = ("name", "phone", "", "also_unit_ids", "positions", "valid_from", "valid_to")


class StaffComparison:
    """The calls of one person, and what they should have answered. `truth` is what one who sees everything is shown."""

    def __init__(self, office: Office, reading: Reading, found: Found, chance: random.Random, truth: "Truth") -> None:
        self.office, self.reading, self.found, self.chance, self.truth = office, reading, found, chance, truth
        self.calls = office.by(reading.who.number, *reading.who.positions)
        self.places = {number: place_of(number, unit) for number, unit in office.homes.items()}
        self.at = reading.who.number

    async def everything(self) -> None:
        """Each way in turn."""
        await self.units()
        await self.listed()
        await self.members()
        for number in self.places:
            await self.one(number)
        await self.bonds()
        await self.history()
        await self.taking_on()
        await self.export()

    def right(self, number: str, path: str) -> int:
        """How far a column of somebody is open."""
        return self.reading.right(STAFF, path, bool(KIND[path]), self.places[number])

    def sees(self, number: str, *actions: int) -> bool:
        """Whether somebody is within reach of each of these."""
        return all(self.reading.may(STAFF, action, self.places[number]) for action in actions)

    async def asked(self, service: str, method: str, request: Any, form: str, action: int) -> Any:
        """The answer of a list; whether the gate let it through is compared."""
        answer, refused = await self.calls[service].ask(method, request)
        self.found.said(f"{self.at} {method}", self.reading.may_call(form, action), refused is None)
        return answer

    async def units(self) -> None:
        """The tree, and changes of it."""
        within = {u for u in PARENTS if self.reading.may(ORGANISATION, SEE, unit_place(u))}
        for kinds in ((), (3,), (1, 4)):
            request = support_pb2.ListUnitsRequest(kinds=kinds)  # pyright: ignore[reportArgumentType]  # enum numbers
            answer = await self.asked("support", "ListUnits", request, ORGANISATION, SEE)
            if answer is not None:
                expected = {u for u in within if not kinds or KINDS[u] in kinds}
                self.found.rows(f"{self.at} units{kinds}", expected, {u.id for u in answer.units}, len(PARENTS))
        for unit in PARENTS:
            _, refused = await self.calls["organisation"].ask("UpdateUnit", pb.UpdateUnitRequest(id=unit, name=""))
            assert refused is not None
            may = self.reading.may(ORGANISATION, CHANGE, unit_place(unit))
            self.found.said(f"{self.at} rename {unit[-2:]}", may, refused.code == "INVALID_ARGUMENT")
            new = support_pb2.Unit(code="U0", name="新", kind=support_pb2.UNIT_KIND_COMMUNITY, parent_id=unit)
            _, refused = await self.calls["organisation"].ask(
                "CreateUnit", pb.CreateUnitRequest(request_id="x", unit=new)
            )
            assert refused is not None
            may = self.reading.may(ORGANISATION, CREATE, unit_place(unit))
            self.found.said(f"{self.at} unit below {unit[-2:]}", may, refused.code == "INVALID_ARGUMENT")

    async def listed(self) -> None:
        """The list of whoever works here, each way of searching and filtering it."""
        one = self.chance.choice(list(self.truth.members.values()))
        working = {n for n, m in self.truth.members.items() if m.state == pb.STAFF_STATE_ACTIVE}
        asked: list[tuple[support_pb2.ListStaffRequest, Callable[[str], bool]]] = [
            (support_pb2.ListStaffRequest(), lambda _: True),
            (support_pb2.ListStaffRequest(query=one.name), lambda n: self._named(n, one.name)),
            (support_pb2.ListStaffRequest(query=one.staff_number), lambda n: n == one.staff_number),
            (support_pb2.ListStaffRequest(query=one.phone), lambda _: False),
            (support_pb2.ListStaffRequest(role="chief"), lambda n: self._holds(n, "chief")),
            (support_pb2.ListStaffRequest(unit_id=one.unit_id), lambda n: self._in(n, one.unit_id)),
        ]
        for request, matches in asked:
            request.page.CopyFrom(PAGE)
            answer = await self.asked("support", "ListStaff", request, STAFF, SEE)
            if answer is None:
                continue
            at = f"{self.at} staff({request.query or request.role or request.unit_id[-2:]})"
            expected = {n for n in working if self.sees(n, SEE) and matches(n)}
            self.found.rows(at, expected, {p.staff_number for p in answer.staff}, len(self.places))
            self.found.value(f"{at} total", len(expected), answer.page.total)
            for person in answer.staff:
                truth = self.truth.members[person.staff_number]
                for name, value in (("name", truth.name), ("phone", truth.phone)):
                    shown = text(value, self.right(person.staff_number, name), KIND[name])
                    self.found.value(f"{at} {name}", shown, getattr(person, name))
                roles = sorted(truth.positions) if self.right(person.staff_number, "positions") >= READ else []
                self.found.value(f"{at} positions", roles, sorted(person.roles))

    def _named(self, number: str, name: str) -> bool:
        return self.truth.members[number].name == name and self.right(number, "name") >= READ

    def _holds(self, number: str, position: str) -> bool:
        return position in self.truth.members[number].positions and self.right(number, "positions") >= READ

    def _is(self, number: str, *states: int) -> bool:
        return self.truth.members[number].state in states and self.right(number, "state") >= READ

    def _in(self, number: str, unit: str) -> bool:
        units = {self.truth.members[number].unit_id, *self.truth.members[number].also_unit_ids}
        return any(each == unit or unit in _above(each) for each in units)

    async def members(self) -> None:
        """The administrator's list."""
        one = self.chance.choice(list(self.truth.members.values()))
        left, suspended = pb.STAFF_STATE_LEFT, pb.STAFF_STATE_SUSPENDED
        asked: list[tuple[pb.ListStaffMembersRequest, Callable[[str], bool]]] = [
            (pb.ListStaffMembersRequest(), lambda n: self.truth.members[n].state != left),
            (pb.ListStaffMembersRequest(query=one.name), lambda n: self._named(n, one.name) and self.truth.members[n].state != left),
            (pb.ListStaffMembersRequest(position="chief"), lambda n: self._holds(n, "chief")),
            (pb.ListStaffMembersRequest(states=[suspended, left]), lambda n: self._is(n, suspended, left)),
        ]  # fmt: skip
        for request, matches in asked:
            request.page.CopyFrom(PAGE)
            answer = await self.asked("organisation", "ListStaffMembers", request, STAFF, CHANGE)
            if answer is None:
                continue
            at = f"{self.at} members({request.query or request.position or list(request.states)})"
            expected = {n for n in self.places if self.sees(n, SEE, CHANGE) and matches(n)}
            self.found.rows(at, expected, {m.staff_number for m in answer.members}, len(self.places))
            self.found.value(f"{at} total", len(expected), answer.page.total)
            for member in answer.members:
                number = member.staff_number
                self.found.record(at, self.reading, self.places[number], self.truth.members[number], member)

    async def one(self, number: str) -> None:
        """One person: the page, and changes that are refused for another reason once they are within reach."""
        ask = self.calls["organisation"].ask
        answer, refused = await ask("GetStaffMember", pb.GetStaffMemberRequest(staff_number=number))
        self.found.said(f"{self.at} member {number}", self.sees(number, SEE, CHANGE), refused is None)
        if answer is not None:
            at = f"{self.at} member"
            self.found.record(at, self.reading, self.places[number], self.truth.members[number], answer.member)
        earlier = self.truth.members[number].version - 1
        stale = pb.UpdateStaffMemberRequest(
            staff_number=number, version=earlier, member=pb.StaffMember(name="x"), fields=["name"]
        )
        _, refused = await ask("UpdateStaffMember", stale)
        assert refused is not None
        may = self.sees(number, CHANGE)
        self.found.said(f"{self.at} change {number}", may, refused.code == "ABORTED")
        for path in ("phone", "name"):
            named = path in refused.data.get("fields", "").split(",")
            self.found.said(f"{self.at} stale names {path}", self.right(number, path) != HIDDEN or not named, True)
        self.found.value(f"{self.at} stale tells", [], CANARIES.findall(refused.text))
        _, refused = await ask("SuspendStaffMember", pb.SuspendStaffMemberRequest(staff_number=number, suspended=True))
        self._refused(f"suspend {number}", may, refused)
        ending = pb.EndStaffMemberRequest(staff_number=number, successor="nobody", reason="离职")
        _, refused = await ask("EndStaffMember", ending)
        self._refused(f"end {number}", self.sees(number, DELETE), refused)
        _, refused = await ask("PreviewHandover", pb.PreviewHandoverRequest(staff_number=number))
        self.found.said(f"{self.at} handover {number}", may, refused is None)

    def _refused(self, what: str, may: bool, refused: Any) -> None:
        assert refused is not None, what
        through = refused.code not in ("NOT_FOUND", "PERMISSION_DENIED")
        self.found.said(f"{self.at} {what}", may, through)

    async def bonds(self) -> None:
        """Pairs and stand-ins: seen by who sees one of the two, changed by who may change both."""
        for method, request, known in (
            ("ListPairs", pb.ListPairsRequest(ended=True), self.truth.pairs),
            ("ListPairs", pb.ListPairsRequest(ended=True, staff_number="z01"), self.truth.pairs),
            ("ListStandIns", pb.ListStandInsRequest(), self.truth.stand_ins),
        ):
            answer = await self.asked("organisation", method, request, STAFF, SEE)
            if answer is None:
                continue
            got = {each.id for each in (answer.pairs if method == "ListPairs" else answer.periods)}
            wanted = request.staff_number
            expected = {
                key for key, two in known.items()
                if any(self.sees(number, SEE) for number in two) and (not wanted or wanted in two)
            }  # fmt: skip
            self.found.rows(f"{self.at} {method}({wanted})", expected, got, len(known))
        for key, two in self.truth.pairs.items():
            wrong = pb.Pair(id=key, valid_from="2026-11-23", valid_to="2020-01-01")
            _, refused = await self.calls["organisation"].ask("SetPair", pb.SetPairRequest(pair=wrong))
            self._refused(f"pair {key[-2:]}", all(self.sees(number, CHANGE) for number in two), refused)
        for two in self.truth.stand_ins.values():
            period = pb.StandInPeriod(absent_number=two[0], stand_in_number=two[1], valid_from="2026-11-23", valid_to="2020-01-01")  # fmt: skip
            _, refused = await self.calls["organisation"].ask("SetStandIn", pb.SetStandInRequest(period=period))
            self._refused(f"stand-in {two}", all(self.sees(number, CHANGE) for number in two), refused)

    async def history(self) -> None:
        """What was changed of units and people."""
        request = pb.ListOrganisationChangesRequest(page=PAGE)
        answer = await self.asked("organisation", "ListOrganisationChanges", request, ORGANISATION, CHANGE)
        if answer is None:
            return
        expected = {line.id for line in self.truth.changes if self._knows(line)}
        self.found.rows(f"{self.at} changes", expected, {line.id for line in answer.changes}, len(self.truth.changes))
        self.found.value(f"{self.at} changes total", len(expected), answer.page.total)
        known = {line.id: line for line in self.truth.changes}
        for line in answer.changes:
            truth, number = known[line.id], self.truth.numbers.get(line.record_id)
            if number is None or line.field not in KIND:
                continue
            right, kind = self.right(number, line.field), KIND[line.field]
            shown = (text(truth.old_value, right, kind), text(truth.new_value, right, kind))
            self.found.value(f"{self.at} changes {line.field}", shown, (line.old_value, line.new_value))

    def _knows(self, line: Any) -> bool:
        if line.form == ORGANISATION:
            return self.reading.may(ORGANISATION, SEE, unit_place(line.record_id))
        return self.sees(self.truth.numbers[line.record_id], SEE)

    async def taking_on(self) -> None:
        """Somebody new, where the rules reach."""
        optional: tuple[dict[str, Any], ...] = (
            {}, {"positions": ["customer_manager"]}, {"positions": ["administrator"], "phone": "13917990001"},
            {"also_unit_ids": [B2]}, {"valid_from": "2026-11-23"}, {"valid_to": "2027-01-01"},
        )  # fmt: skip
        for unit in self.chance.sample(sorted(PARENTS), 4):
            more = self.chance.choice(optional)
            member = pb.StaffMember(staff_number="new01", name="新人", unit_id=unit, **more)
            request = pb.CreateStaffMemberRequest(request_id=new_id(), member=member)
            _, refused = await self.calls["organisation"].ask("CreateStaffMember", request)
            place = place_of("new01", unit)
            may = self.reading.may(STAFF, CREATE, place)
            at = f"{self.at} take on {unit[-2:]} {sorted(more)}"
            self.found.created(at, self.reading, place, member, refused, may=may)
            if refused is None:
                self.office.run(remove_person, "new01")

    async def export(self) -> None:
        """A file, read back cell by cell."""
        answer = await self.asked(
            "organisation", "ExportStaff", pb.ExportStaffRequest(reason="月度核对名单"), STAFF, EXPORT
        )
        if answer is None:
            return
        path = self.office.folder / "staff.xlsx"
        path.write_bytes(answer.file)
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        watermark, _, *lines = sheet.to_python(skip_empty_area=False)
        assert self.at in str(watermark[0])
        members = self.truth.members
        rows = {n for n, m in members.items() if self.sees(n, SEE, EXPORT) and m.state != pb.STAFF_STATE_LEFT}
        self.found.rows(f"{self.at} export", rows, {str(line[0]) for line in lines}, len(self.places))
        for line in lines:
            for path_, got in zip(SHEET, line[1:], strict=True):
                if path_ in ("name", "phone", "valid_from", "valid_to"):
                    value = getattr(members[str(line[0])], path_)
                    shown = text(value, self.right(str(line[0]), path_), KIND[path_])
                    self.found.value(f"{self.at} export {path_}", shown, str(got))
                elif path_ and self.right(str(line[0]), path_) < READ:
                    self.found.value(f"{self.at} export {path_}", "", str(got))


class Truth:
    """What one who sees everything is shown of staff and units."""

    def __init__(self, members: Any, pairs: Any, periods: Any, changes: Any) -> None:
        self.members: dict[str, pb.StaffMember] = {member.staff_number: member for member in members}
        self.numbers: dict[str, str] = {member.id: member.staff_number for member in members}
        self.pairs: dict[str, tuple[str, str]] = {each.id: (each.seat_number, each.manager_number) for each in pairs}
        self.stand_ins: dict[str, tuple[str, str]] = {
            each.id: (each.absent_number, each.stand_in_number) for each in periods
        }
        self.changes: list[Any] = list(changes)

    @classmethod
    async def asked_of(cls, office: Office) -> "Truth":
        """Asks in the name of who sees everything."""
        calls = office.by("god", "god")["organisation"]
        states = [pb.STAFF_STATE_ACTIVE, pb.STAFF_STATE_SUSPENDED, pb.STAFF_STATE_LEFT]
        members = (await calls.ListStaffMembers(pb.ListStaffMembersRequest(states=states, page=PAGE))).members
        pairs = (await calls.ListPairs(pb.ListPairsRequest(ended=True))).pairs
        periods = (await calls.ListStandIns(pb.ListStandInsRequest())).periods
        changes = (await calls.ListOrganisationChanges(pb.ListOrganisationChangesRequest(page=PAGE))).changes
        found = cls(members, pairs, periods, changes)
        assert set(found.members) == set(office.homes)
        assert len(found.changes) == (len(office.homes) - 1) * 2 + len(PARENTS) * 2
        return found


def _above(unit: str) -> set[str]:
    found: set[str] = set()
    while unit := PARENTS.get(unit, ""):
        found.add(unit)
    return found
