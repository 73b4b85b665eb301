"""Every way in which a task can be met, compared with the reading: the calls of one person under one policy."""

import random
from collections.abc import Callable
from typing import Any

import python_calamine
from crm.common.v1 import page_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb

from chassis.database import Unit
from chassis.identity import service_actor
from chassis.ids import new_id
from dispatch.rpc.shown import FORMS
from dispatch.storage import tables
from tests.leaks.found import Found
from tests.leaks.reading import CHANGE, CREATE, EVERYWHERE, EXPORT, HIDDEN, READ, SEE, Place, Reading, text
from tests.leaks.tasks import ASSIGNMENT, CUSTOMERS, RULE, TASK, WRITE_BACK, Tasks

PAGE = page_pb2.PageRequest(size=50, with_total=True)
KINDS = {path: column.sensitivity for path, column in FORMS.by_name[TASK].columns.items()}
_GONE = service_actor("dispatch")
EXPORTED = ("id", "title", "customer_name", "external_id", "place", "description", "result_code")
STALE = (
    ("AcceptTask", pb.AcceptTaskRequest, TASK),
    ("CompleteTask", pb.CompleteTaskRequest, TASK),
    ("CancelTask", pb.CancelTaskRequest, TASK),
    ("AssignTask", pb.AssignTaskRequest, ASSIGNMENT),
)


class Comparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, tasks: Tasks, reading: Reading, found: Found, chance: random.Random) -> None:
        self.tasks, self.reading, self.found, self.chance = tasks, reading, found, chance
        self.places = tasks.places()
        self.truth = {key: whole.task for key, whole in tasks.truth.items()}
        self.caller = tasks.by(reading.who.number, *reading.who.positions)
        self.at = reading.who.number

    async def everything(self) -> None:
        """Each way in turn."""
        await self.lists()
        for key in self.truth:
            await self.one(key)
            await self.stale(key)
            await self.unmasking(key)
        await self.write_backs()
        await self.creating()
        await self.export()
        await self.gates()

    def open(self, key: str, path: str) -> bool:
        """Whether a column of a task is open in full."""
        return self.reading.right(TASK, path, bool(KINDS[path]), self.places[key]) >= READ

    def seen(self) -> set[str]:
        """The tasks within reach."""
        return {key for key, place in self.places.items() if self.reading.may(TASK, SEE, place)}

    async def lists(self) -> None:
        """The list, each way of searching and filtering it, and the counts of the home page."""
        one = self.chance.choice(list(self.truth.values()))
        asked: list[tuple[pb.ListTasksRequest, Callable[[str, Any], bool]]] = [
            (pb.ListTasksRequest(with_counts=True), lambda _, __: True),
            (pb.ListTasksRequest(query=one.title), lambda key, t: t.title == one.title and self.open(key, "title")),
            (pb.ListTasksRequest(query=one.customer_name), lambda key, t: t.customer_name == one.customer_name and self.open(key, "customer_name")),
            (pb.ListTasksRequest(query=one.external_id), lambda key, t: t.external_id == one.external_id and self.open(key, "external_id")),
            (pb.ListTasksRequest(query=one.place), lambda _, __: False),
            (pb.ListTasksRequest(kinds=[one.kind]), lambda key, t: t.kind == one.kind and self.open(key, "kind")),
            (pb.ListTasksRequest(source=one.source, with_counts=True), lambda key, t: t.source == one.source and self.open(key, "source")),
            (pb.ListTasksRequest(mine=True), lambda _, t: bool({t.owner_number, t.seat_number} & self.reading.own)),
            (pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO, with_counts=True), lambda _, t: not t.HasField("ended_at")),
            (pb.ListTasksRequest(bucket=pb.TASK_BUCKET_OVERDUE), lambda _, t: t.overdue),
            (pb.ListTasksRequest(bucket=pb.TASK_BUCKET_ENDED), lambda _, t: t.HasField("ended_at")),
            (pb.ListTasksRequest(bucket=pb.TASK_BUCKET_UNASSIGNED), lambda _, t: not t.HasField("ended_at") and not t.owner_number),
            (pb.ListTasksRequest(customer_id=one.customer_id or "x"), lambda _, t: bool(one.customer_id) and t.customer_id == one.customer_id),
            (pb.ListTasksRequest(owner_number="m001"), lambda _, t: t.owner_number == "m001"),
        ]  # fmt: skip
        for request, matches in asked:
            request.page.CopyFrom(PAGE)
            answer, refused = await self.caller.ask("ListTasks", request)
            self.found.said(f"{self.at} list", self.reading.may_call(TASK, SEE), refused is None)
            if answer is None:
                continue
            expected = {key for key in self.seen() if matches(key, self.truth[key])}
            at = f"{self.at} list({str(request).split('page', maxsplit=1)[0].strip()})"
            self.found.rows(at, expected, {t.id for t in answer.tasks}, len(self.truth))
            self.found.value(f"{at} total", len(expected), answer.page.total)
            for each in answer.tasks:
                self.found.record(at, self.reading, self.places[each.id], self.listed(each.id), each)
                self.stand_in(each)
            if request.with_counts:
                self.counts(at, answer.counts, request.source)

    def listed(self, key: str) -> pb.Task:
        """A task without what lists leave out."""
        truth = pb.Task()
        truth.CopyFrom(self.truth[key])
        truth.description = truth.result_json = ""
        return truth

    def stand_in(self, task: Any) -> None:
        """Whom the caller looks after a task for."""
        keeps = [n for n in (task.owner_number, task.seat_number) if n]
        absent = [n for n in keeps if n in self.reading.own and n != self.reading.who.number]
        named = absent[0] if absent and self.reading.who.number not in keeps else ""
        self.found.value(f"{self.at} standing in", named, task.standing_in_for)

    def counts(self, at: str, counts: Any, source: str) -> None:
        """The home page counts the rows the list would show, and nothing by a column that is hidden."""
        rows = [
            (key, task) for key, task in self.truth.items()
            if key in self.seen() and (not source or (task.source == source and self.open(key, "source")))
        ]  # fmt: skip
        waiting = [task for _, task in rows if not task.HasField("ended_at")]
        pending = [
            key for key, task in rows if task.write_back == pb.WRITE_BACK_STATE_PENDING and self.open(key, "write_back")
        ]
        unassigned = (
            [task for task in waiting if not task.owner_number] if self.reading.may_call(ASSIGNMENT, CHANGE) else []
        )
        told = (counts.overdue, counts.unassigned, counts.write_back_pending)
        for name, expected, got in zip(
            ("overdue", "unassigned", "pending"),
            (sum(t.overdue for t in waiting), len(unassigned), len(pending)),
            told,
            strict=True,
        ):
            self.found.value(f"{at} count {name}", expected, got)

    async def one(self, key: str) -> None:
        """The detail, its history and what was written back."""
        answer, refused = await self.caller.ask("GetTask", pb.GetTaskRequest(id=key))
        place, whole = self.places[key], self.tasks.truth[key]
        self.found.said(f"{self.at} get {key[-4:]}", self.reading.may(TASK, SEE, place), refused is None)
        if answer is None:
            return
        self.found.record(f"{self.at} get", self.reading, place, whole.task, answer.task)
        told = {line.id: line for line in answer.history}
        expected = {line.id: shown for line in whole.history if (shown := self.line(line, place)) is not None}
        self.found.rows(f"{self.at} history", set(expected), set(told), len(whole.history))
        for line_id, shown in expected.items():
            if line_id in told:
                self.found.value(
                    f"{self.at} history {told[line_id].field}",
                    shown,
                    (told[line_id].old_value, told[line_id].new_value),
                )
        backs = {each.id for each in whole.write_backs} if self.open(key, "write_back") else set[str]()
        self.found.rows(f"{self.at} get write-backs", backs, {each.id for each in answer.write_backs}, 1)
        for each in answer.write_backs:
            right = self.reading.right(TASK, "external_id", False, place)
            self.found.value(
                f"{self.at} get write-back number", text(whole.task.external_id, right, 0), each.external_id
            )
        self.may_do(key, set(answer.allowed))

    def may_do(self, key: str, allowed: set[str]) -> None:
        """What the caller is told may be done can be done by the rules."""
        place = self.places[key]
        for verb in ("accept", "complete", "cancel", "assign"):
            form = ASSIGNMENT if verb == "assign" else TASK
            self.found.said(
                f"{self.at} allowed {verb}", self.reading.may(form, CHANGE, place) or verb not in allowed, True
            )

    def line(self, line: Any, place: Place) -> Any:
        """A line of the history as it should be told; None where it should not."""
        path = "title" if line.field == "*" else line.field
        if path not in KINDS:
            return line.old_value, line.new_value
        right = self.reading.right(TASK, path, bool(KINDS[path]), place)
        kind = KINDS[path]
        return None if right == HIDDEN else (text(line.old_value, right, kind), text(line.new_value, right, kind))

    async def stale(self, key: str) -> None:
        """A stale change is refused with what was missed, and with nothing the page itself hides."""
        place, truth = self.places[key], self.truth[key]
        for method, request, form in STALE:
            answer, refused = await self.caller.ask(method, request(id=key, version=max(truth.version, 1) + 7))
            assert answer is None
            assert refused is not None
            self.found.said(
                f"{self.at} {method} {key[-4:]}", self.reading.may(form, CHANGE, place), refused.code == "ABORTED"
            )
            # The earlier one: its data tells what changed since.
            _, refused = await self.caller.ask(method, request(id=key, version=truth.version - 1))
            assert refused is not None
            for column, values in (
                ("place", (truth.place, truth.place.replace("任务", "从前"))),
                ("title", (truth.title,)),
            ):
                shown = self.open(key, column)
                leaked = [value for value in values if value in refused.text and not shown]
                self.found.value(f"{self.at} {method} stale tells {column}", [], leaked)
            hidden = self.reading.right(TASK, "title", False, place) == HIDDEN
            named = "title" in refused.data.get("fields", "").split(",")
            self.found.said(f"{self.at} {method} stale names title", not hidden or not named, True)

    async def unmasking(self, key: str) -> None:
        """The place, for a reason."""
        request = pb.UnmaskRequest(form=TASK, id=key, column="place", reason="客户来电核对")
        answer, refused = await self.caller.ask("Unmask", request)
        place = self.places[key]
        may = self.reading.unmasks(TASK, place) and self.reading.right(TASK, "place", True, place) != HIDDEN
        self.found.said(f"{self.at} unmask {key[-4:]}", may, refused is None)
        if answer is not None:
            self.found.value(f"{self.at} unmask", self.truth[key].place, answer.value)

    async def write_backs(self) -> None:
        """The operators' list, and sending one again."""
        answer, refused = await self.caller.ask("ListWriteBacks", pb.ListWriteBacksRequest(page=PAGE))
        self.found.said(f"{self.at} write-backs", self.reading.may_call(WRITE_BACK, SEE), refused is None)
        known = {each.id: key for key, whole in self.tasks.truth.items() for each in whole.write_backs}
        if answer is not None:
            expected = {one for one, key in known.items() if self.reading.may(WRITE_BACK, SEE, self.places[key])}
            self.found.rows(f"{self.at} write-backs", expected, {each.id for each in answer.write_backs}, len(known))
            self.found.value(f"{self.at} write-backs total", len(expected), answer.page.total)
        for one, key in known.items():
            _, refused = await self.caller.ask("RetryWriteBack", pb.RetryWriteBackRequest(id=one))
            assert refused is not None  # none has failed
            self.found.said(
                f"{self.at} retry",
                self.reading.may(WRITE_BACK, CHANGE, self.places[key]),
                refused.code == "FAILED_PRECONDITION",
            )

    async def creating(self) -> None:
        """A task of one's own for somebody else's customer is no way to that customer's name."""
        for n, (owner, seat, community, bureau) in enumerate(CUSTOMERS):
            more = self.chance.choice(
                ({}, {"description": "请当面核对"}, {"priority": 2}, {"priority": 1, "description": "急"})
            )
            told: dict[str, Any] = {
                "kind": pb.TASK_KIND_CARE, "title": "借看", "owner_number": self.at,
                "customer_id": f"0190c000-0000-7000-8000-{n:012d}", **more,
            }  # fmt: skip
            wanted = pb.CreateTaskRequest(request_id=new_id(), **told)
            kept = frozenset(number for number in (owner, seat) if number)
            before = Place(kept, kept, community, bureau)
            answer, refused = await self.caller.ask("CreateTask", wanted)
            after = Place(frozenset((self.at, seat or self.at)), kept, community, bureau)
            may = self.reading.may(TASK, CREATE, before) and self.reading.may(TASK, CREATE, after)
            at = f"{self.at} create for {n} {sorted(more)}"
            self.found.created(at, self.reading, after, pb.Task(**told), refused, may=may)
            if answer is not None:
                self.tasks.world.run(_GONE, _remove, answer.task.id)
            else:
                whose = owner if owner != self.at else "~"
                self.found.value(
                    f"{self.at} create tells owner", False, whose in (refused.data.values() if refused else ())
                )

    async def export(self) -> None:
        """A file, read back cell by cell."""
        request = pb.StartExportRequest(
            request_id=f"export-{self.chance.random()}", columns=EXPORTED, reason="月度核对名单"
        )
        answer, refused = await self.caller.ask("StartExport", request)
        self.found.said(f"{self.at} export", self.reading.may_call(TASK, EXPORT), refused is None)
        if answer is None:
            return
        rows = {k for k in self.seen() if self.reading.may(TASK, EXPORT, self.places[k])}
        self.found.value(f"{self.at} export rows", len(rows), answer.job.rows)
        while await self.tasks.exports.write_next():
            pass
        parts, refused = await self.caller.ask("DownloadExport", pb.DownloadExportRequest(id=answer.job.id))
        assert parts is not None, refused
        path = self.tasks.folder / "taken.xlsx"
        path.write_bytes(b"".join(part.chunk for part in parts))
        _, _, *lines = (
            python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
        self.found.rows(f"{self.at} export", rows, {str(line[0]) for line in lines}, len(self.truth))
        for line in lines:
            key = str(line[0])
            for name, got in zip(EXPORTED[1:], line[1:], strict=False):
                right = self.reading.right(TASK, name, bool(KINDS[name]), self.places[key])
                self.found.value(
                    f"{self.at} export {name}", text(getattr(self.truth[key], name), right, KINDS[name]), str(got)
                )

    async def gates(self) -> None:
        """Calls without rows of tasks."""
        for method, request, form, action in (
            ("GetCompletionForm", pb.GetCompletionFormRequest(kind=pb.TASK_KIND_CARE), TASK, SEE),
            ("ListGenerationRules", pb.ListGenerationRulesRequest(), RULE, SEE),
            ("UpdateGenerationRule", pb.UpdateGenerationRuleRequest(rule=pb.GenerationRule(name="x")), RULE, CHANGE),
        ):
            _, refused = await self.caller.ask(method, request)
            through = refused is None or refused.code != "PERMISSION_DENIED"
            # Rules by which tasks are made are the whole branch's.
            may = self.reading.may(form, action, EVERYWHERE) if form == RULE else self.reading.may_call(form, action)
            self.found.said(f"{self.at} {method}", may, through)


def _remove(unit: Unit, task_id: str) -> None:
    unit.session.execute(tables.tasks.delete().where(tables.tasks.c.id == task_id))
