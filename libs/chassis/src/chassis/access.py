"""Rules → a condition on rows. One place for list, detail, search, count, history, export, events and live updates.

A grant says: holders of a role may do these actions on this form, for rows within a scope (design.md §5).
No grant, no access; several add up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crm.common.v1 import access_pb2, person_pb2
from sqlalchemy import ColumnElement, false, or_, true

from chassis.identity import Actor

GRANTS_KEY = "access.grants"
PERSON_PREFIX = "person."

OWN = access_pb2.ROW_SCOPE_OWN
COMMUNITY = access_pb2.ROW_SCOPE_COMMUNITY
BUREAU = access_pb2.ROW_SCOPE_BUREAU
ALL = access_pb2.ROW_SCOPE_ALL


class Source(Protocol):
    """Where the published documents are held in memory."""

    def get(self, key: str, /) -> bytes | None:
        """Answers the newest bytes of a document, or None."""
        ...


class NoDocuments:
    """Holds nothing: nobody may do anything."""

    def get(self, key: str, /) -> bytes | None:
        """Answers None."""
        del key
        return None


@dataclass(frozen=True)
class RowColumns:
    """Which columns of a table say whose a row is. A scope whose column is missing reaches no row."""

    owner: Sequence[ColumnElement[Any]] = ()
    community: ColumnElement[Any] | None = None
    bureau: ColumnElement[Any] | None = None


class AccessBook:
    """The rules and people in force, read from the published documents and parsed once a version."""

    def __init__(self, documents: Source | None = None) -> None:
        self._documents: Source = documents or NoDocuments()
        self._grants_bytes: bytes | None = None
        self._scopes: dict[tuple[str, str, int], frozenset[int]] = {}
        self._grants: tuple[access_pb2.Grant, ...] = ()
        self._people: dict[str, tuple[bytes, person_pb2.PersonDocument]] = {}

    def known(self) -> bool:
        """Tells whether any rules have been published yet."""
        return self._documents.get(GRANTS_KEY) is not None

    def edition(self) -> bytes | None:
        """Answers the rules in force as they were published: what is worked out of them and kept is good for this edition only."""
        return self._documents.get(GRANTS_KEY)

    def allows(self, actor: Actor, form: str, action: int) -> bool:
        """Tells whether the actor may do this to any row at all."""
        return bool(self._reach(actor, form, action))

    def rows(self, actor: Actor, form: str, action: int, columns: RowColumns) -> ColumnElement[bool]:
        """Answers the condition on rows the actor may do this to; without a grant it is false."""
        reach = self._reach(actor, form, action)
        if ALL in reach:
            return true()
        either: list[ColumnElement[bool]] = []
        if OWN in reach:
            either += [column == actor.id for column in columns.owner]
        if COMMUNITY in reach and columns.community is not None and actor.community_ids:
            either.append(columns.community.in_(sorted(actor.community_ids)))
        if BUREAU in reach and columns.bureau is not None and actor.bureau_ids:
            either.append(columns.bureau.in_(sorted(actor.bureau_ids)))
        return or_(*either) if either else false()

    def sees(
        self, actor: Actor, form: str, action: int, *, owners: Iterable[str] = (), community: str = "", bureau: str = ""
    ) -> bool:
        """Tells the same of one row that is at hand: for events and live updates."""
        reach = self._reach(actor, form, action)
        return (
            ALL in reach
            or (OWN in reach and actor.id in owners)
            or (COMMUNITY in reach and bool(community) and community in actor.community_ids)
            or (BUREAU in reach and bool(bureau) and bureau in actor.bureau_ids)
        )

    def person(self, staff_number: str) -> person_pb2.PersonDocument | None:
        """Answers a member of staff, or None while the branch does not know them."""
        data = self._documents.get(PERSON_PREFIX + staff_number)
        if data is None:
            return None
        held = self._people.get(staff_number)
        if held is None or held[0] is not data:
            held = (data, person_pb2.PersonDocument.FromString(data))
            self._people[staff_number] = held
        return held[1]

    def name_of(self, staff_number: str) -> str:
        """Answers the name of a member of staff; the number itself while the branch does not know them."""
        person = self.person(staff_number) if staff_number else None
        return person.name if person else staff_number

    def grants_for(self, roles: Iterable[str]) -> list[access_pb2.Grant]:
        """Answers every grant that holders of these roles have."""
        self._read()
        wanted = set(roles)
        return [grant for grant in self._grants if grant.role in wanted]

    def _reach(self, actor: Actor, form: str, action: int) -> frozenset[int]:
        if not actor.active:
            return frozenset()
        self._read()
        found: set[int] = set()
        for role in actor.roles:
            found |= self._scopes.get((role, form, action), frozenset())
        return frozenset(found)

    def _read(self) -> None:
        data = self._documents.get(GRANTS_KEY)
        if data is self._grants_bytes:
            return
        document = access_pb2.GrantsDocument.FromString(data or b"")
        scopes: dict[tuple[str, str, int], set[int]] = {}
        for grant in document.grants:
            for action in grant.actions:
                scopes.setdefault((grant.role, grant.form, action), set()).add(grant.scope)
        self._scopes = {key: frozenset(value) for key, value in scopes.items()}
        self._grants = tuple(document.grants)
        self._grants_bytes = data
