"""Lines of the history as they leave."""

from datetime import UTC
from typing import Any

from crm.common.v1 import change_pb2, person_pb2
from sqlalchemy import Row

_ACTORS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def change(row: Row[Any]) -> change_pb2.Change:
    """Pack what was changed of one field."""
    kind = _ACTORS.get(row.actor_kind, person_pb2.Actor.KIND_UNSPECIFIED)
    packed = change_pb2.Change(
        id=row.id,
        actor=person_pb2.Actor(kind=kind, id=row.actor_id, name=row.actor_name or "", ip=row.actor_ip or ""),
        field=row.field,
        old_value=row.old_value or "",
        new_value=row.new_value or "",
        cause=row.cause or "",
        form=row.form,
        record_id=row.record_id,
    )
    packed.changed_at.FromDatetime(row.changed_at.astimezone(UTC))
    return packed
