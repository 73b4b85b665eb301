"""What one caller may do, compiled once from the rules: which rows, and how far each column is open.

Several rules add up; an explicit refusal beats them all; no rule, no access (design.md §5). A column's right belongs to
a row: it is the widest that any rule reaching that very row gives, so a phone that is open on one's own customers stays
masked on everybody else's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from crm.common.v1 import access_pb2

OWN = access_pb2.ROW_SCOPE_OWN
COMMUNITY = access_pb2.ROW_SCOPE_COMMUNITY
BUREAU = access_pb2.ROW_SCOPE_BUREAU
ALL = access_pb2.ROW_SCOPE_ALL
OWN_CUSTOMERS = access_pb2.ROW_SCOPE_OWN_CUSTOMERS
SUBTREE = access_pb2.ROW_SCOPE_SUBTREE
UNITS = access_pb2.ROW_SCOPE_UNITS

HIDDEN = access_pb2.COLUMN_RIGHT_HIDDEN
MASKED = access_pb2.COLUMN_RIGHT_MASKED
READ = access_pb2.COLUMN_RIGHT_READ
WRITE = access_pb2.COLUMN_RIGHT_WRITE

_SEE = access_pb2.ACTION_SEE
_UNMASK = access_pb2.ACTION_UNMASK
_WRITING = frozenset({access_pb2.ACTION_CHANGE, access_pb2.ACTION_CREATE})
_FILLING = _WRITING | {access_pb2.ACTION_IMPORT}
HeldBy = Literal["POSITION", "UNIT", "PERSON"]
Reason = Literal["RULE", "REFUSED", "SENSITIVE_BY_DEFAULT", "NO_RULE"]


@dataclass(frozen=True)
class RowFacts:
    """The facts of one row that rules go by."""

    owners: tuple[str, ...] = ()
    customer_keepers: tuple[str, ...] = ()
    community: str = ""
    bureau: str = ""


@dataclass(frozen=True)
class Reach:
    """Which rows a rule reaches, with the caller's own facts filled in."""

    all: bool = False
    owners: frozenset[str] = frozenset()
    keepers: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    bureaus: frozenset[str] = frozenset()

    def covers(self, row: RowFacts) -> bool:
        """Tells whether a row lies within."""
        return (
            self.all
            or row.community in self.communities
            or row.bureau in self.bureaus
            or not self.owners.isdisjoint(row.owners)
            or not self.keepers.isdisjoint(row.customer_keepers)
        )


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule as it holds for one caller; compared by identity."""

    id: str
    form: str
    role: str
    held_by: HeldBy
    actions: frozenset[int]
    reach: Reach
    refuse: bool
    columns: Mapping[str, int]
    other: int

    def right(self, column: str, *, sensitive: bool) -> tuple[int, Reason]:
        """Answers how far the rule opens a column, and why."""
        named, group = self.columns.get(column, 0), self.columns.get(_group(column), 0)
        if named:
            wanted, why = named, "RULE"
        elif sensitive:
            # Only its own name opens a sensitive column; a rule for its group can close it further.
            wanted, why = min(group or self.other or MASKED, MASKED), "SENSITIVE_BY_DEFAULT"
        else:
            wanted, why = group or self.other or WRITE, "RULE"
        # A column can be written only where the row can.
        return (min(wanted, READ) if self.actions.isdisjoint(_WRITING) else wanted), why


@dataclass(frozen=True)
class Verdict:
    """How far a column is open, by which rule, and why."""

    right: int
    rule: Rule | None
    reason: Reason


@dataclass
class Columns:
    """How far the columns of one row are open."""

    rules: tuple[Rule, ...] = ()
    refusals: tuple[Rule, ...] = ()
    unmask: bool = False
    kept: dict[str, object] = field(default_factory=dict[str, object])
    """What others worked out of these columns once: plans of masks by message, states by form."""
    _known: dict[tuple[str, bool], Verdict] = field(default_factory=dict[tuple[str, bool], Verdict])

    def verdict(self, column: str, *, sensitive: bool = False) -> Verdict:
        """Answers the widest right that a rule gives, unless one refuses."""
        found = self._known.get((column, sensitive))
        if found is None:
            found = self._known[column, sensitive] = self._decide(column, sensitive)
        return found

    def right(self, column: str, *, sensitive: bool = False) -> int:
        """Answers `HIDDEN`, `MASKED`, `READ` or `WRITE`."""
        return self.verdict(column, sensitive=sensitive).right

    def _decide(self, column: str, sensitive: bool) -> Verdict:
        for rule in self.refusals:
            if column in rule.columns or _group(column) in rule.columns:
                return Verdict(HIDDEN, rule, "REFUSED")
        best = Verdict(HIDDEN, None, "NO_RULE")
        for rule in self.rules:
            right, why = rule.right(column, sensitive=sensitive)
            if right > best.right or best.rule is None:
                best = Verdict(right, rule, why)
        return best


class Rights:
    """Everything one caller may do, under one edition of the rules. Kept and compared by identity."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: dict[str, tuple[Rule, ...]] = {}
        for rule in rules:
            self.rules[rule.form] = (*self.rules.get(rule.form, ()), rule)
        self._split: dict[tuple[str, int], tuple[tuple[Rule, ...], tuple[Rule, ...]]] = {}
        self._columns: dict[tuple[str, tuple[bool, ...]], Columns] = {}
        self._filling: dict[tuple[str, tuple[bool, ...]], Columns] = {}

    def allows(self, form: str, action: int) -> bool:
        """Tells whether any row at all may be within reach."""
        grants, refusals = self.split(form, action)
        return bool(grants) and not any(rule.reach.all for rule in refusals)

    def split(self, form: str, action: int) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """Answers the rules that grant the action, and those that take rows away from it."""
        found = self._split.get((form, action))
        if found is None:
            concerned = [rule for rule in self.rules.get(form, ()) if action in rule.actions]
            found = self._split[form, action] = (
                tuple(rule for rule in concerned if not rule.refuse),
                tuple(rule for rule in concerned if rule.refuse and not rule.columns),
            )
        return found

    def sees(self, form: str, action: int, row: RowFacts) -> bool:
        """Tells whether the action may be done to a row that is at hand."""
        grants, refusals = self.split(form, action)
        return any(rule.reach.covers(row) for rule in grants) and not any(rule.reach.covers(row) for rule in refusals)

    def goes_by_keepers(self, form: str) -> bool:
        """Tells whether any rule of the form asks who keeps a row's customer: only then it is worth finding out."""
        return any(rule.reach.keepers for rule in self.rules.get(form, ()))

    def columns(self, form: str, row: RowFacts) -> Columns:
        """Answers how far the columns of a row are open; of a row out of reach none is."""
        return self.columns_under(form, tuple(rule.reach.covers(row) for rule in self.rules.get(form, ())))

    def filling(self, form: str, row: RowFacts) -> Columns:
        """Answers how far the columns of a row that is being created are open: by the rules that let it be created, changed or
        brought in, whether it will be seen or not.
        """
        covering = tuple(rule.reach.covers(row) for rule in self.rules.get(form, ()))
        found = self._filling.get((form, covering))
        if found is None:
            found = self._filling[form, covering] = self._fill(self._reaching(form, covering))
        return found

    def alike(self, form: str) -> Columns | None:
        """Answers how far the columns of every row that is seen are open, where that cannot differ: one rule and no refusal.

        Most people have one rule for a form. A list of theirs then decides nothing row by row.
        """
        rules = self.rules.get(form, ())
        if len(rules) != 1 or rules[0].refuse or _SEE not in rules[0].actions:
            return None
        return self.columns_under(form, (True,))

    def columns_under(self, form: str, covering: tuple[bool, ...]) -> Columns:
        """Answers how far columns are open on a row that these rules of the form reach."""
        found = self._columns.get((form, covering))
        if found is None:
            found = self._columns[form, covering] = self._open(self._reaching(form, covering))
        return found

    def _reaching(self, form: str, covering: tuple[bool, ...]) -> list[Rule]:
        return [rule for rule, reaches in zip(self.rules.get(form, ()), covering, strict=True) if reaches]

    def _fill(self, covering: list[Rule]) -> Columns:
        # What may be written in the next moment may be written at once; what a refusal takes away is not.
        may = frozenset(action for action in _FILLING if not _gone(covering, action))
        filling = tuple(
            replace(rule, actions=rule.actions | _WRITING)
            for rule in covering
            if not rule.refuse and not rule.actions.isdisjoint(may)
        )
        return Columns(filling, tuple(rule for rule in covering if rule.refuse and rule.columns))

    def _open(self, covering: list[Rule]) -> Columns:
        if _gone(covering, _SEE) or not any(_SEE in rule.actions and not rule.refuse for rule in covering):
            return Columns()
        # A rule that only lets rows be changed opens what it lets be written; one that lets nothing be read opens nothing.
        opening = tuple(rule for rule in covering if not rule.refuse and rule.actions & (_WRITING | {_SEE}))
        unmask = not _gone(covering, _UNMASK) and any(_UNMASK in rule.actions and not rule.refuse for rule in covering)
        return Columns(opening, tuple(rule for rule in covering if rule.refuse and rule.columns), unmask)


NOTHING = Rights(())


def _gone(covering: Iterable[Rule], action: int) -> bool:
    """Tells whether one of these rules refuses an action."""
    return any(rule.refuse and not rule.columns and action in rule.actions for rule in covering)


def _group(column: str) -> str:
    """Answers the group of a column, such as `subscribers` of `subscribers.number`; itself for one that has none."""
    return column.partition(".")[0]
