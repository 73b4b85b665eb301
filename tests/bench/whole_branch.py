"""The organisation and staff of the demo branch as documents in memory, for benches that run without the stack; whoever
brings files in may do that.
"""

import uuid

from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2

from chassis.access import GRANTS_KEY
from customer.messaging.directory import UNITS_KEY
from customer.storage.import_jobs import FORM as IMPORT
from demo_branch import people


class WholeBranch:
    """Holds what support would have published."""

    def __init__(self) -> None:
        units = [
            support_pb2.Unit(
                id=_id(unit.code),
                code=unit.code,
                name=unit.name,
                kind=support_pb2.UnitKind.Value(unit.kind),
                parent_id=_id(unit.parent_code) if unit.parent_code else "",
            )
            for unit in people.units()
        ]
        self._held = {UNITS_KEY: support_pb2.UnitsDocument(version=1, units=units).SerializeToString()}
        actions = [access_pb2.ACTION_SEE, access_pb2.ACTION_IMPORT]
        rule = access_pb2.Grant(role="importer", form=IMPORT, actions=actions, scope=access_pb2.ROW_SCOPE_ALL)
        self._held[GRANTS_KEY] = access_pb2.GrantsDocument(version=1, grants=[rule]).SerializeToString()
        for person in people.staff():
            document = person_pb2.PersonDocument(
                staff_number=person.number, name=person.name, active=True, roles=person.roles
            )
            self._held[f"person.{person.number}"] = document.SerializeToString()

    def get(self, key: str, /) -> bytes | None:
        """Answers a document, or None."""
        return self._held.get(key)

    def keys(self, prefix: str = "") -> list[str]:
        """Answers the keys that begin with a prefix."""
        return [key for key in self._held if key.startswith(prefix)]


def _id(code: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, code))
