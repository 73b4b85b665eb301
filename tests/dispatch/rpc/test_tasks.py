"""A task from the list to its end, as its people meet it."""

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from crm.common.v1 import page_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from dispatch.storage import tables
from tests.dispatch.rpc.conftest import Door
from tests.dispatch.small_branch import B2, CHIEF, DISPATCHER, GNET, M1, M2, MORNING, SEAT


def stamp(hours: float) -> Timestamp:
    found = Timestamp()
    found.FromDatetime((MORNING + timedelta(hours=hours)).astimezone(UTC))
    return found


async def test_the_home_page(door: Door) -> None:
    late = door.world.task(title="迟", due_at=MORNING - timedelta(hours=20))
    today = door.world.task(title="今", due_at=MORNING + timedelta(hours=2))
    later = door.world.task(title="后", due_at=MORNING + timedelta(days=3), seat_number="m001", owner_number="m002")
    door.world.task(title="别人的", owner_number="m002", bureau_id=B2)
    done = door.world.task(
        title="完", state="completed", ended_at=MORNING, write_back="pending", source="gnet-crm", external_id="G1"
    )

    found = await door.call(M1, "ListTasks", pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO, with_counts=True))

    assert [task.id for task in found.tasks] == [late.id, today.id, later.id]
    assert [task.overdue for task in found.tasks] == [True, False, False]
    assert found.tasks[0].owner_name == "王敏"
    assert (found.counts.overdue, found.counts.today, found.counts.upcoming, found.counts.write_back_pending) == (
        1,
        1,
        1,
        1,
    )
    assert found.tasks[0].due_at.ToDatetime(UTC) == late.due_at
    ended = await door.call(M1, "ListTasks", pb.ListTasksRequest(bucket=pb.TASK_BUCKET_ENDED))
    assert [task.id for task in ended.tasks] == [done.id]
    assert ended.tasks[0].write_back == pb.WRITE_BACK_STATE_PENDING


@pytest.mark.parametrize("who", [M1, CHIEF], ids=["manager", "chief"])
async def test_a_list_of_values_goes_with_the_moment_asked_for(door: Door, who: Any) -> None:
    late = door.world.task(kind="care", due_at=MORNING - timedelta(hours=20))
    door.world.task(kind="birthday", due_at=MORNING - timedelta(hours=20))
    asked = pb.ListTasksRequest(
        bucket=pb.TASK_BUCKET_OVERDUE, kinds=[pb.TASK_KIND_CARE, pb.TASK_KIND_VISIT], with_counts=True
    )

    found = await door.call(who, "ListTasks", asked)

    assert [task.id for task in found.tasks] == [late.id]
    assert found.counts.overdue == 1


async def test_an_empty_list_has_counts_too(door: Door) -> None:
    found = await door.call(M1, "ListTasks", pb.ListTasksRequest(bucket=pb.TASK_BUCKET_TODO, with_counts=True))
    assert (len(found.tasks), found.HasField("counts"), found.counts.overdue) == (0, True, 0)


@pytest.mark.parametrize("bucket", [pb.TASK_BUCKET_TODO, pb.TASK_BUCKET_ENDED, pb.TASK_BUCKET_UNSPECIFIED])
async def test_pages_neither_skip_nor_repeat(door: Door, bucket: Any) -> None:
    ended = bucket == pb.TASK_BUCKET_ENDED
    state = {"state": "completed", "ended_at": MORNING} if ended else {}
    ids = {door.world.task(due_at=MORNING + timedelta(minutes=n // 3), **state).id for n in range(23)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = page_pb2.PageRequest(size=5, cursor=cursor, with_total=True)
        found = await door.call(M1, "ListTasks", pb.ListTasksRequest(bucket=bucket, page=page, with_counts=True))
        seen += [task.id for task in found.tasks]
        assert found.page.total == 23
        cursor = found.page.next_cursor
        if not cursor:
            break
    assert len(seen) == 23
    assert set(seen) == ids


async def test_filters(door: Door) -> None:
    one = door.world.task(title="回访 张建国", kind="care", source="gnet-crm", external_id="G-77")
    door.world.task(title="上门", kind="visit", customer_name="刘芳")
    ask = pb.ListTasksRequest
    for request in (ask(query="张建"), ask(query="G-77"), ask(source="gnet-crm"), ask(kinds=[pb.TASK_KIND_CARE])):
        assert [task.id for task in (await door.call(M1, "ListTasks", request)).tasks] == [one.id]
    for request in (ask(query="100%"), ask(customer_id="no id"), ask(owner_number="m002"), ask(bureau_id=B2)):
        assert not (await door.call(M1, "ListTasks", request)).tasks


async def test_rows_of_others_are_not_there(door: Door) -> None:
    task = door.world.task(owner_number="m002", bureau_id=B2)
    for actor in (M1, CHIEF, SEAT):
        assert not (await door.call(actor, "ListTasks", pb.ListTasksRequest())).tasks
        for method, request in (
            ("GetTask", pb.GetTaskRequest(id=task.id)),
            ("AcceptTask", pb.AcceptTaskRequest(id=task.id, version=1)),
            ("CancelTask", pb.CancelTaskRequest(id=task.id, version=1, reason="x")),
        ):
            assert (await door.refused(actor, method, request)).code == "NOT_FOUND"
    assert (await door.refused(GNET, "ListTasks", pb.ListTasksRequest())).code == "PERMISSION_DENIED"
    assert (await door.refused(M1, "GetTask", pb.GetTaskRequest(id="no id"))).code == "NOT_FOUND"
    assert door.world.events() == []


async def test_accept_and_complete(door: Door) -> None:
    task = door.world.task(kind="birthday", seat_number="z01")
    page = await door.call(M1, "GetTask", pb.GetTaskRequest(id=task.id))
    assert list(page.allowed) == ["accept", "complete", "cancel"]
    accepted = await door.call(SEAT, "AcceptTask", pb.AcceptTaskRequest(id=task.id, version=1))
    assert (accepted.task.state, accepted.task.version) == (pb.TASK_STATE_ACCEPTED, 2)
    result = json.dumps({"channel": "call", "note": "很高兴"})
    done = await door.call(
        M1, "CompleteTask", pb.CompleteTaskRequest(id=task.id, version=2, result_code="delivered", result_json=result)
    )
    assert (done.task.state, done.task.version, done.task.result_code) == (pb.TASK_STATE_COMPLETED, 3, "delivered")
    assert done.task.write_back == pb.WRITE_BACK_STATE_UNSPECIFIED
    page = await door.call(M1, "GetTask", pb.GetTaskRequest(id=task.id))
    assert list(page.allowed) == []
    told = [(each.field, each.old_value, each.new_value, each.actor.id, each.actor.name) for each in page.history]
    assert {line for line in told if line[0] == "state"} == {
        ("state", "accepted", "completed", "m001", "王敏"),
        ("state", "open", "accepted", "z01", "赵静"),
    }
    assert door.world.events() == ["accepted.v1", "completed.v1"]


@pytest.mark.parametrize(
    ("code", "result", "reason", "field"),
    [
        ("delivered", {}, "RESULT_FIELD_MISSING", "channel"),
        ("wonderful", {}, "RESULT_FIELD_INVALID", "result_code"),
        ("delivered", {"channel": "fax"}, "RESULT_FIELD_INVALID", "channel"),
        ("refused", {"mood": "bad"}, "RESULT_FIELD_UNKNOWN", "mood"),
        ("refused", {"note": "x" * 501}, "RESULT_FIELD_INVALID", "note"),
    ],
)
async def test_a_wrong_result_names_its_field(
    door: Door, code: str, result: dict[str, str], reason: str, field: str
) -> None:
    task = door.world.task(kind="birthday")
    request = pb.CompleteTaskRequest(id=task.id, version=1, result_code=code, result_json=json.dumps(result))
    refused = await door.refused(M1, "CompleteTask", request)
    assert (refused.code, refused.reason, refused.data["field"]) == ("INVALID_ARGUMENT", reason, field)
    assert door.world.rows(tables.tasks)[0].state == "open"
    assert door.world.events() == []


async def test_a_stale_save_is_told_what_it_missed(door: Door) -> None:
    task = door.world.task(kind="visit", seat_number="z01")
    await door.call(SEAT, "AcceptTask", pb.AcceptTaskRequest(id=task.id, version=1))
    refused = await door.refused(M1, "AcceptTask", pb.AcceptTaskRequest(id=task.id, version=1))
    assert (refused.code, refused.reason) == ("ABORTED", "STALE_VERSION")
    assert (refused.data["version"], refused.data["fields"], refused.data["by_name"]) == ("2", "state", "赵静")
    (change,) = json.loads(refused.data["changes"])
    assert (change["field"], change["old"], change["new"], change["by"]) == ("state", "open", "accepted", "z01")


async def test_stand_ins_cancel_and_assign(door: Door) -> None:
    task = door.world.task()
    page = await door.call(CHIEF, "GetTask", pb.GetTaskRequest(id=task.id))
    assert list(page.allowed) == ["cancel", "assign"]
    assert (
        await door.refused(CHIEF, "AcceptTask", pb.AcceptTaskRequest(id=task.id, version=1))
    ).reason == "TASK_NOT_YOURS"
    assert (
        await door.refused(M1, "AssignTask", pb.AssignTaskRequest(id=task.id, version=1, owner_number="m002"))
    ).code == "PERMISSION_DENIED"
    nobody = pb.AssignTaskRequest(id=task.id, version=1, owner_number="m999")
    assert (await door.refused(CHIEF, "AssignTask", nobody)).reason == "PERSON_UNKNOWN"
    given = await door.call(CHIEF, "AssignTask", pb.AssignTaskRequest(id=task.id, version=1, owner_number="m002"))
    assert (given.task.owner_name, given.task.placement) == ("李强", "MANUAL")
    gone = await door.call(DISPATCHER, "CancelTask", pb.CancelTaskRequest(id=task.id, version=2, reason=" 重复 "))
    assert gone.task.state == pb.TASK_STATE_CANCELLED
    assert door.world.events() == ["assigned.v1", "cancelled.v1"]


async def test_a_task_by_hand_is_created_once(door: Door) -> None:
    customer = door.world.customer(1, name="刘芳", seat_number="z01")
    request = pb.CreateTaskRequest(
        request_id="r1", kind=pb.TASK_KIND_CARE, title="回访", customer_id=customer.customer_id, due_at=stamp(5)
    )
    first = await door.call(M1, "CreateTask", request)
    again = await door.call(M1, "CreateTask", request)
    assert first.task.id == again.task.id
    assert (first.task.owner_number, first.task.seat_number, first.task.customer_name) == ("m001", "z01", "刘芳")
    request.title = "别的"
    assert (await door.refused(M1, "CreateTask", request)).reason == "REQUEST_ID_REUSED"
    assert len(door.world.rows(tables.tasks)) == 1
    assert door.world.events() == ["created.v1"]


async def test_nobody_creates_tasks_out_of_reach(door: Door) -> None:
    request = pb.CreateTaskRequest(
        request_id="r1", kind=pb.TASK_KIND_CARE, title="x", owner_number="m002", due_at=stamp(5)
    )
    assert (await door.refused(M1, "CreateTask", request)).reason == "TASK_NOT_YOURS"
    assert (await door.call(DISPATCHER, "CreateTask", request)).task.owner_number == "m002"
    for field, wrong in (("title", ""), ("kind", 0), ("priority", 9), ("customer_id", "x"), ("owner_number", "m999")):
        bad = pb.CreateTaskRequest(request_id=field, kind=pb.TASK_KIND_CARE, title="x", due_at=stamp(5))
        setattr(bad, field, wrong)
        assert (await door.refused(DISPATCHER, "CreateTask", bad)).data["field"] == field


async def test_the_form_is_in_the_readers_language(door: Door) -> None:
    titles = {}
    for language in ("zh-CN", "en"):
        form = await door.call(
            M1, "GetCompletionForm", pb.GetCompletionFormRequest(kind=pb.TASK_KIND_INSTALL, language=language)
        )
        titles[language] = json.loads(form.schema_json)["properties"]["new_date"]["title"]
        assert "ui:order" in json.loads(form.ui_schema_json)
    assert titles == {"zh-CN": "改约日期", "en": "New date"}
    assert M2.id == "m002"


async def test_rules_are_listed_changed_and_refused_when_stale(door: Door) -> None:
    rules = (await door.call(DISPATCHER, "ListGenerationRules", pb.ListGenerationRulesRequest())).rules
    assert [rule.name for rule in rules] == ["appointment", "birthday", "holiday", "store_anniversary"]
    rule = rules[1]
    rule.days_ahead = 4
    changed = await door.call(DISPATCHER, "UpdateGenerationRule", pb.UpdateGenerationRuleRequest(rule=rule))
    assert (changed.rule.days_ahead, changed.rule.version) == (4, 2)
    assert (
        await door.refused(DISPATCHER, "UpdateGenerationRule", pb.UpdateGenerationRuleRequest(rule=rule))
    ).code == "ABORTED"
    rule.version, rule.days_ahead = 2, 31
    refused = await door.refused(DISPATCHER, "UpdateGenerationRule", pb.UpdateGenerationRuleRequest(rule=rule))
    assert (refused.reason, refused.data["field"]) == ("OUT_OF_RANGE", "days_ahead")
    assert (await door.refused(M1, "ListGenerationRules", pb.ListGenerationRulesRequest())).code == "PERMISSION_DENIED"


async def test_generating_on_demand(door: Door) -> None:
    door.world.customer(1, birthday_key="S1123")
    made = await door.call(DISPATCHER, "GenerateTasks", pb.GenerateTasksRequest())
    assert dict(made.created) == {"appointment": 0, "birthday": 1, "holiday": 0, "store_anniversary": 0}
    assert (await door.refused(DISPATCHER, "GenerateTasks", pb.GenerateTasksRequest(date="tomorrow"))).data[
        "field"
    ] == "date"
    assert (await door.refused(CHIEF, "GenerateTasks", pb.GenerateTasksRequest())).code == "PERMISSION_DENIED"
