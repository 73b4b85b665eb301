"""The branch as support publishes it: parsed once a version, answered from memory."""

from typing import Protocol

from crm.common.v1 import person_pb2
from crm.support.v1 import support_pb2

from chassis.access import PERSON_PREFIX
from customer.domain.organisation import Community, Organisation

UNITS_KEY = "organisation.units"
_CUSTOMER_MANAGER = "customer_manager"


class Published(Protocol):
    """Where the documents are held."""

    def get(self, key: str, /) -> bytes | None:
        """Answers the newest bytes of a document, or None."""
        ...

    def keys(self, prefix: str = "") -> list[str]:
        """Answers the keys that begin with a prefix."""
        ...


class Directory:
    """Answers the organisation as it stands."""

    def __init__(self, documents: Published) -> None:
        self._documents = documents
        self._organisation: Organisation | None = None

    def forget(self, key: str) -> None:
        """Reads anew at the next question, because a document changed."""
        del key
        self._organisation = None

    def organisation(self) -> Organisation:
        """Answers bureaus, communities and staff."""
        if self._organisation is None:
            self._organisation = self._read()
        return self._organisation

    def _read(self) -> Organisation:
        staff = self._documents.keys(PERSON_PREFIX)
        managers: dict[str, set[str]] = {}
        for key in staff:
            person = person_pb2.PersonDocument.FromString(self._documents.get(key) or b"")
            if person.active and _CUSTOMER_MANAGER in person.roles:
                for community in person.community_ids:
                    managers.setdefault(community, set()).add(person.staff_number)
        return Organisation(
            communities=_communities(support_pb2.UnitsDocument.FromString(self._documents.get(UNITS_KEY) or b"")),
            staff=frozenset(key.removeprefix(PERSON_PREFIX) for key in staff),
            managers={community: frozenset(numbers) for community, numbers in managers.items()},
        )


def _communities(document: support_pb2.UnitsDocument) -> tuple[Community, ...]:
    units = {unit.id: unit for unit in document.units}
    found: list[Community] = []
    for unit in document.units:
        bureau = units.get(unit.parent_id)
        if unit.kind == support_pb2.UNIT_KIND_COMMUNITY and not unit.valid_to and bureau is not None:
            found.append(Community(unit.id, unit.code, unit.name, bureau.id, bureau.code, bureau.name))
    return tuple(found)
