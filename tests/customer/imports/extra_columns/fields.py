"""Fields of the branch's own, published, and what files have made of them."""

from typing import Any

from crm.support.v1 import parameters_pb2

from customer.domain.import_job import ImportJob
from customer.messaging.extra_fields import KEY
from customer.storage import tables
from tests.customer.small_archive import World

FORM = "customer.customer"
FIELDS = [
    parameters_pb2.ExtraField(
        form=FORM, name="hobby", kind="choice", choices=["钓鱼", "象棋"], title_zh="爱好", title_en="Hobby"
    ),
    parameters_pb2.ExtraField(form=FORM, name="rooms", kind="number", title_zh="房间数", title_en="Rooms"),
    parameters_pb2.ExtraField(form=FORM, name="moved_in", kind="date", title_zh="入住日期", title_en="Moved in"),
    # Called like a column of the form's own: only its path means it.
    parameters_pb2.ExtraField(form=FORM, name="remark", kind="text", title_zh="备注", title_en="Note"),
]


def publish(world: World, fields: list[parameters_pb2.ExtraField]) -> None:
    world.papers.held[KEY] = parameters_pb2.ExtraFieldsDocument(version=1, fields=fields).SerializeToString()


def held(world: World) -> dict[str, dict[str, str] | None]:
    return {row.customer_number: row.extra_json for row in customers_of(world)}


def customers_of(world: World) -> list[Any]:
    return world.rows(tables.customers, tables.customers.c.customer_number)


def told_by(world: World, job: ImportJob) -> list[tuple[str, str | None, str | None]]:
    changed = [change for change in world.rows(tables.plumbing.changes) if change.cause == job.id]
    lines = [(change.field, change.old_value, change.new_value) for change in changed]
    return sorted(lines, key=lambda line: [text or "" for text in line])


def everything(world: World) -> list[Any]:
    return [world.rows(table) for table in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox)]
