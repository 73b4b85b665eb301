"""Calls of every kind against tasks and inbound orders of distinctive values: answers, refusals, files and events are kept."""

import contextlib
import json
import random
import re
from pathlib import Path
from typing import Any

from crm.common.v1 import access_pb2
from crm.dispatch.v1 import dispatch_pb2 as pb
from sqlalchemy import create_engine, text

from dispatch.background.placing import LatePlacing
from dispatch.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.calling import Called
from tests.leaks.canary_notes import events_of, keep, note
from tests.leaks.reading import Line, Policy
from tests.leaks.task_cells import EXPORTED, PAGE
from tests.leaks.tasks import ASSIGNMENT, ORDER, RULE, TASK, WRITE_BACK, Tasks, open_tasks

CANARIES = re.compile(r"云州市任务路\d号|云州市从前路\d号|云州市来单路\d号|云州市约定路\d号|1380009\d{4}")
"""Where tasks are and were, where inbound orders and booked services are, and the numbers that orders came with."""
EVERYTHING = frozenset(range(1, 8))  # all but seeing masked values in full
FORMS = (TASK, ASSIGNMENT, WRITE_BACK, RULE)
MASKED_ONLY = Policy(
    (
        *(Line("chief", form, EVERYTHING, access_pb2.ROW_SCOPE_ALL) for form in FORMS),
        # An older system sees what it has sent itself.
        Line("external_system", ORDER, EVERYTHING, access_pb2.ROW_SCOPE_OWN),
    )
)


async def run(url: str, folder: Path) -> None:
    """Makes the calls and keeps what was answered, and what left as events."""
    said: list[str] = []
    with serving() as issuer:
        async with open_tasks(url, issuer, folder) as tasks:
            tasks.put_in_force(MASKED_ONLY)
            chief = tasks.by("c01", "chief")
            await _orders(tasks, chief, said)
            await _looks(tasks, chief, said)
            await _diary(tasks, chief, said)
            await _fails(tasks, chief, said)
            await _placing(tasks)
            await _breaks(tasks, url, chief, said)
    keep(folder, said, events_of(url, tables.plumbing.outbox))


def _system(tasks: Tasks) -> Called:
    token = tasks.issuer.token(
        aud=["dispatch"], preferred_username="service-account-gnet-crm", azp="gnet-crm",
        realm_access={"roles": ["external_system"]},
    )  # fmt: skip
    return tasks.called(token)


async def _orders(tasks: Tasks, chief: Called, said: list[str]) -> None:
    """Orders with numbers and addresses come in while nobody can be asked whose they are; people see the tasks of them."""
    system = _system(tasks)
    for n in range(3):
        item = pb.WorkOrderItemInput(
            id="1", kind="visit", title=f"来单{n}", subscriber_number=f"1380009{n:04d}", address=f"云州市来单路{n}号"
        )
        document = {"externalId": f"C-{n}", "place": item.address, "phone": item.subscriber_number}
        order = pb.CreateWorkOrderRequest(
            external_id=f"C-{n}", document_json=json.dumps(document, ensure_ascii=False), items=[item]
        )
        answer, refused = await system.ask("CreateWorkOrder", order)
        assert refused is None, refused
        for row in answer.work_order.items:
            await note(said, chief, "GetTask", pb.GetTaskRequest(id=row.task_id))
            assign = pb.AssignTaskRequest(id=row.task_id, version=1, owner_number="m001")
            await note(said, chief, "AssignTask", assign)
        await note(said, chief, "GetWorkOrder", pb.GetWorkOrderRequest(id=answer.work_order.id))
        # The same number with other content is refused, and the refusal does not repeat what came.
        order.items[0].address = f"云州市来单路{n + 5}号"
        await note(said, system, "CreateWorkOrder", order)
    wrong = pb.WorkOrderItemInput(id="1", kind="nothing", title="来单", address="云州市来单路9号")
    # An order that is not accepted says why, row by row, to the system that has sent it.
    await system.ask("CreateWorkOrder", pb.CreateWorkOrderRequest(external_id="C-9", document_json="{}", items=[wrong]))
    await note(said, chief, "ListWorkOrders", pb.ListWorkOrdersRequest())


async def _looks(tasks: Tasks, chief: Called, said: list[str]) -> None:
    for query in ("", "标题", "云州市任务路1号", "云州市来单路1号", "13800090001"):
        await note(said, chief, "ListTasks", pb.ListTasksRequest(query=query, page=PAGE, with_counts=True))
    for key in tasks.truth:
        await note(said, chief, "GetTask", pb.GetTaskRequest(id=key))
    await note(said, chief, "ListWriteBacks", pb.ListWriteBacksRequest(page=PAGE))
    asked = pb.StartExportRequest(request_id=f"canary-{random.random()}", columns=EXPORTED, reason="月度核对名单")
    job = (await chief.StartExport(asked)).job
    while await tasks.exports.write_next():
        pass
    parts, _ = await chief.ask("DownloadExport", pb.DownloadExportRequest(id=job.id))
    assert parts is not None
    (tasks.folder / "taken.xlsx").write_bytes(b"".join(part.chunk for part in parts))
    await note(said, chief, "ListExports", pb.ListExportsRequest())


async def _diary(tasks: Tasks, chief: Called, said: list[str]) -> None:
    """What managers do with their tasks in a day, each of which is announced."""
    for key, whole in tasks.truth.items():
        if whole.task.HasField("ended_at"):
            continue
        version = whole.task.version
        await note(said, chief, "AssignTask", pb.AssignTaskRequest(id=key, version=version, owner_number="c01"))
        for method, request in (
            ("AcceptTask", pb.AcceptTaskRequest(id=key)),
            ("CompleteTask", pb.CompleteTaskRequest(id=key, result_code="done", result_json='{"note": "好"}')),
            ("CancelTask", pb.CancelTaskRequest(id=key, reason="重复")),
        ):
            current = await tasks.by("god", "god").GetTask(pb.GetTaskRequest(id=key))
            request.version = current.task.version
            await note(said, chief, method, request)


async def _fails(tasks: Tasks, chief: Called, said: list[str]) -> None:
    for key, whole in tasks.truth.items():
        for version in (whole.task.version - 1, whole.task.version + 9):
            await note(said, chief, "AcceptTask", pb.AcceptTaskRequest(id=key, version=version))
            await note(said, chief, "CompleteTask", pb.CompleteTaskRequest(id=key, version=version, result_code="?"))
        for column in ("place", "wrong"):
            request = pb.UnmaskRequest(form=TASK, id=key, column=column, reason="核对资料")
            await note(said, chief, "Unmask", request)
    await note(said, chief, "GetTask", pb.GetTaskRequest(id="0190a000-0000-7000-8000-000000000000"))
    await note(said, chief, "ListTasks", pb.ListTasksRequest(bucket=99))  # pyright: ignore[reportArgumentType]  # no bucket


async def _placing(tasks: Tasks) -> None:
    """The owners of inbound orders are looked for again, and customer is still away."""

    async def nowhere(*_: Any) -> list[Any]:
        raise ConnectionError("customer is away")

    with contextlib.suppress(ConnectionError):
        await LatePlacing(tasks.world.database, nowhere).place()


async def _breaks(tasks: Tasks, url: str, chief: Called, said: list[str]) -> None:
    """Defects while values are at hand: the database refuses a row, and a table is gone."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    made: dict[str, Any] = {"kind": pb.TASK_KIND_CARE, "title": "坏", "owner_number": "c01"}
    for statement in (
        "ALTER TABLE tasks ADD CONSTRAINT ck_broken CHECK (title <> '坏') NOT VALID",
        "ALTER TABLE changes RENAME TO changes_gone",
    ):
        with engine.connect() as connection:
            connection.execute(text(statement))
        wanted = pb.CreateTaskRequest(request_id=str(random.random()), description="云州市约定路3号", **made)
        await note(said, tasks.by("god", "god"), "CreateTask", wanted)
        if "gone" in statement:
            key = next(iter(tasks.truth))
            await note(said, chief, "GetTask", pb.GetTaskRequest(id=key))
    engine.dispose()
