"""Rules → a condition on rows and a right on columns. One place for list, detail, search, count, history, export, events
and live updates.

A rule says: holders of a role may do these actions on this form, for rows within a scope, with these columns open this far
(design.md §5). The rules, people and units travel as settings documents; what they mean for one caller is compiled once
(rights.py) and kept until one of them changes.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from crm.common.v1 import access_pb2, person_pb2
from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from chassis.compiling import GRANTS_KEY, PERSON_PREFIX, UNITS_KEY, Branch, absent, compiled, roles_of
from chassis.identity import Actor, actor_of
from chassis.rights import ALL as ALL
from chassis.rights import BUREAU as BUREAU
from chassis.rights import COMMUNITY as COMMUNITY
from chassis.rights import NOTHING, READ, WRITE, Columns, Reach, Rights, RowFacts, Rule
from chassis.rights import OWN as OWN

__all__ = [
    "ALL",
    "BUREAU",
    "COMMUNITY",
    "GRANTS_KEY",
    "OWN",
    "PERSON_PREFIX",
    "UNITS_KEY",
    "AccessBook",
    "RowColumns",
    "RowFacts",
]
_KEPT = 5_000


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
class Overlay:
    """Documents with some in the place of those published: rules that are only a draft."""

    beneath: Source
    instead: dict[str, bytes]

    def get(self, key: str, /) -> bytes | None:
        """Answers the document laid over, or the one beneath."""
        found = self.instead.get(key)
        return self.beneath.get(key) if found is None else found


@dataclass(frozen=True)
class RowColumns:
    """Which columns of a table say whose a row is. A scope whose column is missing reaches no row.

    `keepers` answers the condition that one of these staff numbers keeps the row's customer; it must not be unknown (EXISTS).
    """

    owner: Sequence[ColumnElement[Any]] = ()
    community: ColumnElement[Any] | None = None
    bureau: ColumnElement[Any] | None = None
    keepers: Callable[[Sequence[str]], ColumnElement[bool]] | None = None


@dataclass(frozen=True)
class _Kept:
    """A caller's rights and what they were made of."""

    made_of: tuple[bytes | None, bytes | None, bytes | None, date]
    rights: Rights


def _utc_today() -> date:
    return datetime.now(UTC).date()


def _no_column(form: str, column: str) -> bool:
    del form, column
    return False


class AccessBook:
    """The rules and people in force, read from the published documents and compiled once a version and caller."""

    def __init__(
        self,
        documents: Source | None = None,
        *,
        today: Callable[[], date] = _utc_today,
        sensitive: Callable[[str, str], bool] = _no_column,
        implied: Callable[[str, str], bool] = _no_column,
    ) -> None:
        """`today` is the branch's day, for what holds from a day on; `sensitive` tells which columns of which form are;
        `implied` which ones go with creating a row.
        """
        self._documents: Source = documents or NoDocuments()
        self._today = today
        self._sensitive = sensitive
        self._implied = implied
        self._branch: Branch | None = None
        self._people: dict[str, tuple[bytes, person_pb2.PersonDocument]] = {}
        self._rights: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()

    def known(self) -> bool:
        """Tells whether any rules have been published yet."""
        return self._documents.get(GRANTS_KEY) is not None

    def drafted(self, rules: access_pb2.GrantsDocument) -> "AccessBook":
        """Answers the same book under other rules: for a draft that is not in force."""
        instead = {GRANTS_KEY: rules.SerializeToString()}
        return AccessBook(
            Overlay(self._documents, instead), today=self._today, sensitive=self._sensitive, implied=self._implied
        )

    def rights(self, actor: Actor) -> Rights:
        """Answers what the caller may do. The same object answers until rules, person, units or day change: keep by it."""
        if not actor.active:
            return NOTHING
        documents = self._documents
        person = documents.get(PERSON_PREFIX + actor.id) if actor.kind == "person" else None
        made_of = (documents.get(GRANTS_KEY), person, documents.get(UNITS_KEY), self._today())
        key = (actor.kind, actor.id, actor.roles, actor.bureau_ids, actor.community_ids)
        kept = self._rights.get(key)
        if kept is None or kept.made_of != made_of:
            known = self.person(actor.id) if person is not None else None
            kept = self._rights[key] = _Kept(made_of, Rights(compiled(self._rules(), actor, known, made_of[3])))
            if len(self._rights) > _KEPT:
                self._rights.popitem(last=False)
        return kept.rights

    def allows(self, actor: Actor, form: str, action: int) -> bool:
        """Tells whether the actor may do this to any row at all."""
        return self.rights(actor).allows(form, action)

    def rows(self, actor: Actor, form: str, action: int, columns: RowColumns, column: str = "") -> ColumnElement[bool]:
        """Answers the condition on rows the actor may do this to; without a rule it is false.

        With a `column` only rows where that column is open in full: for every search, sort or filter that goes by it, since
        an answer that depends on a masked value tells the value.
        """
        rights = self.rights(actor)
        grants, refusals = rights.split(form, action)
        within = _granted(grants, refusals, columns)
        return and_(within, self._open(rights, form, column, columns)) if column else within

    def sees(
        self,
        actor: Actor,
        form: str,
        action: int,
        *,
        owners: Iterable[str] = (),
        customer_keepers: Iterable[str] = (),
        community: str = "",
        bureau: str = "",
    ) -> bool:
        """Tells the same of one row that is at hand: for events and live updates."""
        return self.rights(actor).sees(
            form, action, RowFacts(tuple(owners), tuple(customer_keepers), community, bureau)
        )

    def columns(self, actor: Actor, form: str, row: RowFacts) -> Columns:
        """Answers how far the columns of a row are open to the actor."""
        return self.rights(actor).columns(form, row)

    def shows(self, actor: Actor, form: str, row: RowFacts, column: str) -> bool:
        """Tells whether a column of a row is open in full."""
        return self.columns(actor, form, row).right(column, sensitive=self._sensitive(form, column)) >= READ

    def fills(self, actor: Actor, form: str, row: RowFacts, column: str, *, new: bool = True) -> bool:
        """Tells whether whoever creates a row, or brings it in, may fill a column of it.

        That a column is masked where no rule names it does not matter: a mask keeps what is there from being read, not from
        being told for the first time. Without `new` the row is there, and nothing goes with its creation.
        """
        verdict = self.rights(actor).filling(form, row).verdict(column)
        return verdict.right >= WRITE or (new and verdict.reason != "REFUSED" and self._implied(form, column))

    def opens(self, actor: Actor, form: str, column: str) -> bool:
        """Tells whether a column is open in full on every row the actor sees: for orders, which tell of every row."""
        rights, sensitive = self.rights(actor), self._sensitive(form, column)
        grants, _ = rights.split(form, access_pb2.ACTION_SEE)
        closed = any(rule.refuse and rule.columns for rule in rights.rules.get(form, ()) if _names(rule, column))
        return not closed and all(rule.right(column, sensitive=sensitive)[0] >= READ for rule in grants)

    def closes(self, actor: Actor, form: str, column: str, least: int) -> bool:
        """Tells whether the actor's rules speak of a column, or of its group, and leave it less open than `least` on some row.

        For files, which are brought in without a look at each row: whoever may do that need have no other rule of the form.
        """
        rules, sensitive = self.rights(actor).rules.get(form, ()), self._sensitive(form, column)
        naming = [rule for rule in rules if _names(rule, column)]
        if any(rule.refuse for rule in naming):
            return True
        granting = [rule for rule in rules if not rule.refuse]
        if any(rule.reach.all and rule.right(column, sensitive=sensitive)[0] >= least for rule in granting):
            return False
        return any(_said(rule, column) < least for rule in naming)

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

    def actor_of(self, staff_number: str) -> Actor | None:
        """Answers a member of staff as the caller they would be; None for one the branch does not know."""
        person = self.person(staff_number)
        return None if person is None else actor_of(staff_number, person)

    def own_numbers(self, actor: Actor) -> tuple[str, ...]:
        """Answers the actor's own staff number first, then those of absent colleagues the actor stands in for today."""
        person = self.person(actor.id) if actor.kind == "person" else None
        return (actor.id, *absent(person, self._today()))

    def name_of(self, staff_number: str) -> str:
        """Answers the name of a member of staff; the number itself while the branch does not know them."""
        person = self.person(staff_number) if staff_number else None
        return person.name if person else staff_number

    def grants_of(self, actor: Actor) -> list[access_pb2.Grant]:
        """Answers every rule that the actor's roles bring: what the portal shows by."""
        rules = self._rules()
        held = roles_of(rules, actor, self.person(actor.id), self._today())
        return [grant for role in held for grant in rules.by_role.get(role, ())]

    def _rules(self) -> Branch:
        grants, units = self._documents.get(GRANTS_KEY), self._documents.get(UNITS_KEY)
        if self._branch is None or self._branch.grants is not grants or self._branch.units is not units:
            self._branch = Branch.read(grants, units)
        return self._branch

    def _open(self, rights: Rights, form: str, column: str, columns: RowColumns) -> ColumnElement[bool]:
        """Answers the condition on rows where a column is open in full."""
        sensitive = self._sensitive(form, column)
        grants, _ = rights.split(form, access_pb2.ACTION_SEE)
        changing, _ = rights.split(form, access_pb2.ACTION_CHANGE)
        creating, _ = rights.split(form, access_pb2.ACTION_CREATE)
        opening = [
            rule
            for rule in dict.fromkeys((*grants, *changing, *creating))
            if rule.right(column, sensitive=sensitive)[0] >= READ
        ]
        closing = [rule for rule in rights.rules.get(form, ()) if rule.refuse and _names(rule, column)]
        return _granted(opening, closing, columns)


def _names(rule: Rule, column: str) -> bool:
    return column in rule.columns or column.partition(".")[0] in rule.columns


def _said(rule: Rule, column: str) -> int:
    return rule.columns.get(column) or rule.columns[column.partition(".")[0]]


def _granted(grants: Sequence[Rule], refusals: Sequence[Rule], columns: RowColumns) -> ColumnElement[bool]:
    if not grants:
        return false()
    given = true() if any(rule.reach.all for rule in grants) else or_(false(), *_either(grants, columns))
    if not refusals:
        return given
    if any(rule.reach.all for rule in refusals):
        return false()
    return and_(given, *(not_(each) for each in _either(refusals, columns, sure=True)))


def _either(rules: Sequence[Rule], columns: RowColumns, *, sure: bool = False) -> list[ColumnElement[bool]]:
    """Answers the conditions of which one must hold; the values of several rules on one column are put together.

    `sure` ones are never unknown, so that they can be turned round: NOT of an unknown would lose rows that no refusal reaches.
    """
    owners, keepers, communities, bureaus = (_together(rules, name) for name in _PARTS)
    wanted = [(column, owners) for column in columns.owner]
    wanted += [
        (column, values)
        for column, values in ((columns.community, communities), (columns.bureau, bureaus))
        if column is not None
    ]
    found = [_is_one_of(column, values, sure=sure) for column, values in wanted if values]
    if keepers and columns.keepers is not None:
        found.append(columns.keepers(keepers))
    return found


_PARTS = ("owners", "keepers", "communities", "bureaus")


def _together(rules: Sequence[Rule], part: str) -> list[str]:
    values: set[str] = set()
    for rule in rules:
        reach: Reach = rule.reach
        values |= getattr(reach, part)
    return sorted(values)


def _is_one_of(column: ColumnElement[Any], values: Sequence[str], *, sure: bool) -> ColumnElement[bool]:
    condition = column == values[0] if len(values) == 1 else column.in_(values)
    return and_(column.is_not(None), condition) if sure else condition
