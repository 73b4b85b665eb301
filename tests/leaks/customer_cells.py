"""Every way in which a customer can be met, compared with the reading: the calls of one person under one policy."""

import json
import random
from collections.abc import Callable
from typing import Any

import python_calamine
from crm.common.v1 import access_pb2, page_pb2
from crm.customer.v1 import customer_pb2 as pb

from chassis.ids import new_id
from customer.rpc.shown import FORMS
from tests.leaks.archive import APPOINTMENT, CUSTOMER, EXTRA_COLUMNS, OWNER, SENSITIVE, Archive
from tests.leaks.calling import Called
from tests.leaks.found import Found, fields_of, whole
from tests.leaks.reading import CHANGE, CREATE, EXPORT, HIDDEN, READ, SEE, Place, Reading, text

PAGE = page_pb2.PageRequest(size=50, with_total=True)
KINDS = {
    form: {path: c.sensitivity for path, c in FORMS.by_name[form].columns.items()} for form in (CUSTOMER, APPOINTMENT)
}
PREFIXES = {
    "customer.account": "accounts.",
    "customer.subscriber": "subscribers.",
    "customer.contact": "contacts.",
    "customer.address": "addresses.",
}
EXPORTED = ("customer_number", "name", "phone", "id_card", "address", "note", "joined_on", "extra")


class Comparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, archive: Archive, reading: Reading, found: Found, chance: random.Random) -> None:
        self.archive, self.reading, self.found, self.chance = archive, reading, found, chance
        self.places = archive.places()
        self.truth = archive.truth
        self.caller: Called = archive.by(reading.who.number, *reading.who.positions)
        self.at = f"{reading.who.number}"

    async def everything(self) -> None:
        """Each way in turn."""
        if not self.reading.may_call(CUSTOMER, SEE):
            _, refused = await self.caller.ask("ListCustomers", pb.ListCustomersRequest())
            self.found.said(f"{self.at} list", False, refused is None or refused.code != "PERMISSION_DENIED")
        await self.lists()
        for key in self.truth:
            await self.one(key)
            await self.history(key)
            await self.changes(key)
            await self.unmasking(key)
            await self.booking(key)
        await self.owners()
        await self.export()

    def open(self, key: str, path: str) -> bool:
        """Whether a column of a customer is open in full."""
        sensitive = bool(KINDS[CUSTOMER].get(path))
        return self.reading.right(CUSTOMER, path, sensitive, self.places[key]) >= READ

    def seen(self) -> set[str]:
        """The customers within reach."""
        return {key for key, place in self.places.items() if self.reading.may(CUSTOMER, SEE, place)}

    async def lists(self) -> None:
        """The list, and each way of searching and filtering it."""
        one = self.chance.choice(list(self.truth.values()))
        customer, line = one.customer, one.subscribers[0]
        by_digits = ("phone", "subscribers.number")
        asked: list[tuple[pb.ListCustomersRequest, Callable[[str, Any], bool]]] = [
            (pb.ListCustomersRequest(), lambda _, __: True),
            (pb.ListCustomersRequest(query=customer.name), lambda key, c: c.name == customer.name and self.open(key, "name")),
            (pb.ListCustomersRequest(query="danxiongxin"), lambda key, c: c.name == "单雄信" and self.open(key, "name")),
            (pb.ListCustomersRequest(query="lhc"), lambda key, c: c.name == "令狐冲" and self.open(key, "name")),
            (pb.ListCustomersRequest(query=customer.customer_number), lambda _, c: c.id == customer.id),
            (pb.ListCustomersRequest(query=customer.phone), lambda key, c: c.id == customer.id and self.open(key, by_digits[0])),
            (pb.ListCustomersRequest(query=line.number), lambda key, c: c.id == customer.id and self.open(key, by_digits[1])),
            (pb.ListCustomersRequest(kinds=[customer.kind]), lambda key, c: c.kind == customer.kind and self.open(key, "kind")),
            (pb.ListCustomersRequest(groups=[customer.group]), lambda key, c: c.group == customer.group and self.open(key, "group")),
            (pb.ListCustomersRequest(community_id=customer.community_id), lambda _, c: c.community_id == customer.community_id),
            (pb.ListCustomersRequest(owner_number=customer.owner_number), lambda _, c: customer.owner_number in (c.owner_number, c.seat_number)),
            # The last four digits are those of a phone and of a line of the same customer.
            (pb.ListCustomersRequest(query=customer.phone[-4:]), lambda key, c: c.id == customer.id and any(self.open(key, p) for p in by_digits)),
        ]  # fmt: skip
        seen = self.seen()
        for request, matches in asked:
            request.page.CopyFrom(PAGE)
            answer, refused = await self.caller.ask("ListCustomers", request)
            if refused is not None:
                self.found.said(
                    f"{self.at} list", self.reading.may_call(CUSTOMER, SEE), refused.code != "PERMISSION_DENIED"
                )
                continue
            expected = {key for key in seen if matches(key, self.truth[key].customer)}
            at = f"{self.at} list({request.query or request.kinds or request.groups})"
            self.found.rows(at, expected, {c.id for c in answer.customers}, len(self.truth))
            self.found.value(f"{at} total", len(expected), answer.page.total)
            for each in answer.customers:
                self.record(at, each.id, self.truth[each.id].customer, each)
            self.ordered(at, answer.customers)
        await self.sorting()

    def ordered(self, at: str, customers: Any) -> None:
        """A place in an order tells of the value: the usual order by name holds only where every name is open."""
        if any(not self.open(c.id, "name") for c in customers):
            numbers = [c.customer_number for c in customers]
            self.found.value(f"{at} order", sorted(numbers), numbers)

    async def sorting(self) -> None:
        """An order that is asked for by a column that is not open everywhere is refused."""
        for order in ("joined_on", "-name"):
            answer, refused = await self.caller.ask("ListCustomers", pb.ListCustomersRequest(order_by=order, page=PAGE))
            closed = any(not self.open(key, order.strip("-")) for key in self.seen())
            if closed and answer is not None:
                self.found.said(f"{self.at} order by {order}", False, True)
            self.found.cases += 1
            del refused

    def record(self, at: str, key: str, truth: Any, answered: Any) -> None:
        """One record of a customer, column by column."""
        self.found.record(f"{at} {key[-4:]}", self.reading, self.places[key], truth, answered)

    async def one(self, key: str) -> None:
        """The detail with everything below it."""
        answer, refused = await self.caller.ask("GetCustomer", pb.GetCustomerRequest(id=key))
        place, truth = self.places[key], self.truth[key]
        self.found.said(f"{self.at} get {key[-4:]}", self.reading.may(CUSTOMER, SEE, place), refused is None)
        if answer is None or not self.reading.may(CUSTOMER, SEE, place):
            return
        self.record(f"{self.at} get", key, truth.customer, answer.customer)
        for name in ("accounts", "subscribers", "contacts", "addresses"):
            by_id = {each.id: each for each in getattr(answer, name)}
            for each in getattr(truth, name):
                self.record(f"{self.at} get {name}", key, each, by_id.get(each.id, type(each)()))
        booked = {each.id for each in truth.appointments} if self.reading.may(APPOINTMENT, SEE, place) else set[str]()
        self.found.rows(f"{self.at} get appointments", booked, {each.id for each in answer.appointments}, 2)
        for each in answer.appointments:
            known = next(known for known in truth.appointments if known.id == each.id)
            self.record(f"{self.at} get appointment", key, known, each)

    async def history(self, key: str) -> None:
        """Old and new values."""
        answer, refused = await self.caller.ask("ListCustomerChanges", pb.ListCustomerChangesRequest(id=key, page=PAGE))
        place = self.places[key]
        self.found.said(f"{self.at} history", self.reading.may(CUSTOMER, SEE, place), refused is None)
        if answer is None:
            return
        told = {line.id: line for line in answer.changes}
        expected = {
            line.id: shown for line in self.archive.history[key] if (shown := self.line(line, place)) is not None
        }
        self.found.rows(f"{self.at} history {key[-4:]}", set(expected), set(told), len(self.archive.history[key]))
        if answer.page.HasField("total"):
            self.found.value(f"{self.at} history total", len(expected), answer.page.total)
        for line_id, shown in expected.items():
            line = told.get(line_id)
            if line is not None:
                got = (
                    (line.old_value, line.new_value)
                    if line.field != "*"
                    else (_dict(line.old_value), _dict(line.new_value))
                )
                self.found.value(f"{self.at} history {line.form} {line.field}", shown, got)

    def line(self, line: Any, place: Place) -> Any:
        """A line of the history as it should be told; None where it should not."""
        form = APPOINTMENT if line.form == APPOINTMENT else CUSTOMER
        if not self.reading.may(form, SEE, place):
            return None
        prefix, keys = PREFIXES.get(line.form, ""), FORMS.by_name[form].keys
        if line.field == "*":
            return tuple(
                whole(v, self.reading, form, prefix, KINDS[form], keys, place) for v in (line.old_value, line.new_value)
            )
        path = prefix + line.field
        if path in keys:
            return line.old_value, line.new_value
        kind = KINDS[form].get(path, 0)
        right = self.reading.right(form, path, bool(kind), place)
        return None if right == HIDDEN else (text(line.old_value, right, kind), text(line.new_value, right, kind))

    async def changes(self, key: str) -> None:
        """A stale change is refused with what was missed, and with nothing the page itself hides."""
        request = pb.UpdateCustomerRequest(id=key, version=1, customer=pb.Customer(note="x"), fields=["note"])
        answer, refused = await self.caller.ask("UpdateCustomer", request)
        place = self.places[key]
        may = self.reading.may(CUSTOMER, CHANGE, place)
        assert answer is None
        assert refused is not None
        self.found.said(f"{self.at} change {key[-4:]}", may, refused.code == "ABORTED")
        named = set(refused.data.get("fields", "").split(",")) - {""}
        hidden = {
            path for path in ("phone", "note", "id_card", "address", "extra.secret")
            if self.reading.right(CUSTOMER, path, bool(KINDS[CUSTOMER].get(path)), place) == HIDDEN
        }  # fmt: skip
        self.found.rows(f"{self.at} stale {key[-4:]}", named - hidden if may else set(), named, 5)
        self.silent(f"{self.at} stale", refused.text)

    def silent(self, at: str, said: str) -> None:
        """An error tells no value."""
        values = [
            v
            for w in self.truth.values()
            for v in (w.customer.phone, w.customer.id_card, w.subscribers[0].number, w.customer.extra["secret"])
        ]
        self.found.value(at, [], [value for value in values if value in said])

    async def unmasking(self, key: str) -> None:
        """Single values, for a reason."""
        whole_ = self.truth[key]
        for form, column in self.chance.sample(SENSITIVE, 3):
            record: Any = whole_.customer if form == CUSTOMER else whole_.appointments[0]
            group, _, name = column.rpartition(".")
            item: Any = getattr(whole_, group)[0] if group else record
            request = pb.UnmaskRequest(
                form=form, id=record.id, column=column, item_id=item.id if group else "", reason="客户来电核对"
            )
            answer, refused = await self.caller.ask("Unmask", request)
            place = self.places[key]
            right = self.reading.right(form, column, True, place)
            # The call itself asks for the form of customers.
            may = self.reading.may_call(CUSTOMER, access_pb2.ACTION_UNMASK) and self.reading.unmasks(form, place)
            may = may and right != HIDDEN
            self.found.said(f"{self.at} unmask {column} {key[-4:]}", may, refused is None)
            if answer is not None:
                self.found.value(f"{self.at} unmask {column}", getattr(item, name), answer.value)

    async def booking(self, key: str) -> None:
        """A booking taken back in a version that is not there; one made without saying where and whom to meet."""
        first, place = self.truth[key].appointments[0], self.places[key]
        _, refused = await self.caller.ask("CancelAppointment", pb.CancelAppointmentRequest(id=first.id, version=99))
        assert refused is not None
        self.found.said(f"{self.at} cancel", self.reading.may(APPOINTMENT, CHANGE, place), refused.code == "ABORTED")
        if self.chance.random() < 0.3:
            await self.new_booking(key, place)

    async def new_booking(self, key: str, place: Place) -> None:
        """What is filled in from the customer is only what the caller may see of the customer."""
        more: dict[str, Any] = self.chance.choice(
            (
                {},
                {"note": "请早到"},
                {"place": "云州市新约路9号"},
                {"contact_name": "老周", "contact_phone": "13500090009"},
            )
        )
        wanted = pb.Appointment(customer_id=key, kind=pb.APPOINTMENT_KIND_RELOCATE, **more)
        wanted.starts_at.FromJsonString("2026-12-20T00:00:00Z")
        request = pb.CreateAppointmentRequest(request_id=new_id(), appointment=wanted)
        answer, refused = await self.caller.ask("CreateAppointment", request)
        may = self.reading.may(APPOINTMENT, CREATE, place)
        self.found.created(f"{self.at} book {sorted(more)}", self.reading, place, wanted, refused, may=may)
        if answer is None:
            return
        known = self.truth[key].customer
        for column, source in (("place", "address"), ("contact_name", "name"), ("contact_phone", "phone")):
            got, value = getattr(answer.appointment, column), getattr(known, source)
            if column not in more:
                self.found.said(f"{self.at} book tells {source}", self.open(key, source) or got != value, True)
        god_ = self.archive.by("god", "god")
        self.truth[key] = await god_.GetCustomer(pb.GetCustomerRequest(id=key))
        told = await god_.ListCustomerChanges(pb.ListCustomerChangesRequest(id=key, page=PAGE))
        self.archive.history[key] = list(told.changes)

    async def owners(self) -> None:
        """Who is answerable, by number; a customer out of reach is as if it were not there."""
        keys = list(self.truth)
        numbers = [pb.OwnerQuery(customer_number=self.truth[key].customer.customer_number) for key in keys]
        answer, refused = await self.caller.ask("FindOwners", pb.FindOwnersRequest(queries=numbers))
        self.found.said(f"{self.at} owners", self.reading.may_call(OWNER, SEE), refused is None)
        for key, match in zip(keys, answer.matches if answer else (), strict=False):
            may = self.reading.may(OWNER, SEE, self.places[key])
            self.found.said(f"{self.at} owner of {key[-4:]}", may, match.customer_id == key)

    async def export(self) -> None:
        """A file, read back cell by cell."""
        request = pb.StartExportRequest(
            request_id=f"export-{self.chance.random()}", columns=EXPORTED, reason="月度核对名单"
        )
        answer, refused = await self.caller.ask("StartExport", request)
        self.found.said(f"{self.at} export", self.reading.may_call(CUSTOMER, EXPORT), refused is None)
        if answer is None:
            return
        rows = {
            k
            for k, p in self.places.items()
            if self.reading.may(CUSTOMER, SEE, p) and self.reading.may(CUSTOMER, EXPORT, p)
        }
        self.found.value(f"{self.at} export rows", len(rows), answer.job.rows)
        while await self.archive.exports.write_next():
            pass
        parts, refused = await self.caller.ask("DownloadExport", pb.DownloadExportRequest(id=answer.job.id))
        assert parts is not None, refused
        path = self.archive.world.folder / "taken.xlsx"
        path.write_bytes(b"".join(part.chunk for part in parts))
        watermark, _, *lines = (
            python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
        assert self.reading.who.number in str(watermark[0])
        by_number = {self.truth[key].customer.customer_number: key for key in self.truth}
        self.found.rows(f"{self.at} export", rows, {by_number[str(line[0])] for line in lines}, len(self.truth))
        for line in lines:
            self.cells(by_number[str(line[0])], line)

    def cells(self, key: str, line: list[Any]) -> None:
        """The cells of one row."""
        truth = self.truth[key].customer
        kinds = {each.path: each.kind for each in fields_of(truth)[1]}
        for column, got in zip(EXTRA_COLUMNS, line[-len(EXTRA_COLUMNS) :], strict=True):
            right, held = self.reading.right(CUSTOMER, column, False, self.places[key]), truth.extra[column[6:]]
            self.found.value(f"{self.at} export {column}", text(held, right, 0), str(got))
        for name, got in zip(EXPORTED[1:-1], line[1:], strict=False):
            right = self.reading.right(CUSTOMER, name, bool(kinds[name]), self.places[key])
            self.found.value(f"{self.at} export {name}", text(getattr(truth, name), right, kinds[name]), str(got))


def _dict(value: str) -> Any:
    return json.loads(value or "{}")
