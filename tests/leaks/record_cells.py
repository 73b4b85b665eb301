"""Every way in which what is asked for, and what is set where, can be met: approvals, days, parameters, uses of columns."""

import random
from typing import Any

from crm.support.v1 import access_pb2 as rules_pb
from crm.support.v1 import parameters_pb2, support_pb2

from chassis.ids import new_id
from tests.leaks.found import Found
from tests.leaks.office import CALENDAR, COLUMNS, EXPORT_FORM, PAGE, PARAMETER, ROLE, STAFF, Office
from tests.leaks.office_rows import place_of, unit_place
from tests.leaks.policies import PEOPLE, ROLES, god
from tests.leaks.reading import B1, B2, BR, CHANGE, EVERYWHERE, PARENTS, SEE, Reading
from tests.support.parameter_desk import LIMIT

APPROVE = 7


class RecordComparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, office: Office, reading: Reading, found: Found, chance: random.Random) -> None:
        self.office, self.reading, self.found, self.chance = office, reading, found, chance
        self.calls = office.by(reading.who.number, *reading.who.positions)
        self.places = {number: place_of(number, unit) for number, unit in office.homes.items()}
        self.at = reading.who.number

    async def everything(self) -> None:
        """Each way in turn."""
        await self.approvals()
        await self.calendar()
        await self.parameters()
        await self.uses()

    async def asked(self, service: str, method: str, request: Any, form: str, action: int) -> Any:
        """The answer of a list; whether the gate let it through is compared."""
        answer, refused = await self.calls[service].ask(method, request)
        self.found.said(f"{self.at} {method}", self.reading.may_call(form, action), refused is None)
        return answer

    async def uses(self) -> None:
        """Which roles have a rule for a column is for who sees roles."""
        column = self.chance.choice(COLUMNS[STAFF])
        request = parameters_pb2.FindColumnUsesRequest(form=STAFF, column=column)
        answer = await self.asked("parameters", "FindColumnUses", request, PARAMETER, SEE)
        if answer is None:
            return
        lines = (*self.reading.policy.lines, *god((STAFF,), COLUMNS))
        roles = {line.role for line in lines if line.form == STAFF and column in dict(line.columns)}
        told = roles if self.reading.may(ROLE, SEE, EVERYWHERE) else {""}
        self.found.rows(f"{self.at} uses of {column}", told, {use.label for use in answer.uses}, len(ROLES) + 1)

    async def approvals(self) -> None:
        """What waits: one's own, and what one may decide, also for somebody absent."""
        answer, refused = await self.calls["access"].ask("ListApprovals", rules_pb.ListApprovalsRequest(page=PAGE))
        assert refused is None, refused
        waiting = {number: n % 2 for n, number in enumerate(sorted_numbers(self.office))}
        mine = {number for number, odd in waiting.items() if self.decides(number, EXPORT_FORM if odd else ROLE)}
        got = {each.requested_by for each in answer.approvals}
        self.found.rows(f"{self.at} approvals", mine | {self.at}, got, len(waiting))
        for each in answer.approvals:
            decidable = each.requested_by in mine
            self.found.said(f"{self.at} may decide {each.requested_by}", decidable, each.mine_to_decide)
        self.found.value(f"{self.at} approvals total", len(mine | {self.at}), answer.page.total)
        for n, (number, odd) in enumerate(waiting.items()):
            # Refused for its missing remark, once it is found to be the caller's to decide.
            request = rules_pb.DecideApprovalRequest(id=f"0190b000-0000-7000-8000-5{n:011d}", comment="x" * 999)
            if number in mine:
                continue
            _, refused = await self.calls["access"].ask("DecideApproval", request)
            own = number == self.at
            expected = "FAILED_PRECONDITION" if own else "NOT_FOUND"
            self.found.said(
                f"{self.at} decides {number} {odd}", False, refused is None or (refused.code != expected and not own)
            )

    def decides(self, number: str, form: str) -> bool:
        """Whether the caller, or somebody absent for whom the caller stands in, may decide what somebody asked for."""
        if number == self.at:
            return False
        absent = [who for who in PEOPLE if who.number in self.reading.own and who.number != self.at]
        deciders = [self.reading, *(Reading(self.reading.policy, who) for who in absent)]
        place = self.places[number]
        return any(each.who.number != number and each.may(form, APPROVE, place) for each in deciders)

    async def calendar(self) -> None:
        """The branch's year is everybody's who sees calendars; a bureau's own days are its own."""
        for unit in ("", BR, B1, B2):
            ask = support_pb2.GetCalendarYearRequest(year=2026, unit_id=unit)
            answer, refused = await self.calls["support"].ask("GetCalendarYear", ask)
            may = self.reading.may_call(CALENDAR, SEE)
            own = unit in (B1, B2)
            may = may and (not own or self.reading.may(CALENDAR, SEE, unit_place(unit)))
            self.found.said(f"{self.at} calendar {unit[-2:]}", may, refused is None)
            if answer is not None:
                owners = {day.unit_id for day in answer.calendar.days if day.unit_id}
                self.found.rows(f"{self.at} days of {unit[-2:]}", {unit} if own else set(), owners, 2)
            change = support_pb2.SetCalendarDaysRequest(year=2026, version=99, unit_id=unit)
            _, refused = await self.calls["support"].ask("SetCalendarDays", change)
            assert refused is not None
            place = unit_place(unit) if own else EVERYWHERE
            may = self.reading.may_call(CALENDAR, CHANGE) and self.reading.may(CALENDAR, CHANGE, place)
            # Who sets a bureau's own days is answered with them.
            may = may and (not own or self.reading.may(CALENDAR, SEE, place))
            self.found.said(f"{self.at} set days {unit[-2:]}", may, refused.code == "ABORTED")

    async def parameters(self) -> None:
        """What holds at a unit is told to who reaches it; the branch's values hold for everybody."""
        answer = await self.asked(
            "parameters", "ListParameterValues", parameters_pb2.ListParameterValuesRequest(key=LIMIT), PARAMETER, SEE
        )
        units = [unit for unit in PARENTS if unit != BR]
        within = {unit for unit in units if self.reading.may(PARAMETER, SEE, unit_place(unit))}
        if answer is not None:
            told = {value.unit_id for value in answer.values}
            self.found.rows(f"{self.at} values", (within & set(units[:5])) | {""}, told, 6)
        for unit in ("", *units):
            ask = parameters_pb2.ListParametersRequest(unit_id=unit)
            answer, refused = await self.calls["parameters"].ask("ListParameters", ask)
            may = self.reading.may_call(PARAMETER, SEE) and (not unit or unit in within)
            self.found.said(f"{self.at} parameters {unit[-2:]}", may, refused is None)
            value = parameters_pb2.ParameterValue(key=LIMIT, unit_id=unit, effective_from="2026-11-23", value_json="77")
            place = unit_place(unit) if unit else EVERYWHERE
            may = self.reading.may_call(PARAMETER, CHANGE) and self.reading.may(PARAMETER, CHANGE, place)
            _, refused = await self.calls["parameters"].ask(
                "PreviewParameter", parameters_pb2.PreviewParameterRequest(value=value)
            )
            through = refused is None or refused.reason == "PARAMETER_LEVEL_WRONG"
            self.found.said(f"{self.at} preview {unit[-2:]}", may, through)
            stale = parameters_pb2.SetParameterRequest(request_id=new_id(), version=99, value=value)
            _, refused = await self.calls["parameters"].ask("SetParameter", stale)
            assert refused is not None
            through = refused.code == "ABORTED" or refused.reason == "PARAMETER_LEVEL_WRONG"
            self.found.said(f"{self.at} set {unit[-2:]}", may, through)


def sorted_numbers(office: Office) -> list[str]:
    """Staff numbers in the order in which their rows were made."""
    return list(office.homes)
