"""The oracle: what a person may see, read from the words of the contract (crm/common/v1/access.proto) and nothing else.

It shares no code with the engine, on purpose: it knows neither SQL nor masks nor compiled rights, only rows and sentences.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from crm.common.v1 import access_pb2

SEE, CREATE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CREATE, access_pb2.ACTION_CHANGE
EXPORT, UNMASK = access_pb2.ACTION_EXPORT, access_pb2.ACTION_UNMASK
DELETE, IMPORT = access_pb2.ACTION_DELETE, access_pb2.ACTION_IMPORT
HIDDEN, MASKED = access_pb2.COLUMN_RIGHT_HIDDEN, access_pb2.COLUMN_RIGHT_MASKED
READ, WRITE = access_pb2.COLUMN_RIGHT_READ, access_pb2.COLUMN_RIGHT_WRITE
TODAY = date(2026, 11, 23)
BR, B1, B2, C1, C2, C3, DEP = (
    f"0190a000-0000-7000-8000-0000000000{end}" for end in ("a0", "b1", "b2", "c1", "c2", "c3", "d1")
)
PARENTS = {BR: "", B1: BR, B2: BR, C1: B1, C2: B1, C3: B2, DEP: BR}


@dataclass(frozen=True)
class Line:
    """One rule of a policy."""

    role: str
    form: str
    actions: frozenset[int]
    scope: int
    units: tuple[str, ...] = ()
    refuse: bool = False
    columns: tuple[tuple[str, int], ...] = ()
    other: int = 0


@dataclass(frozen=True)
class Held:
    """Who holds a role beside those of a position of its name, and from when to when."""

    role: str
    position: str = ""
    unit: str = ""
    number: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Policy:
    """Rules, and who holds roles."""

    lines: tuple[Line, ...]
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Somebody:
    """A member of staff."""

    number: str
    name: str
    positions: frozenset[str]
    units: frozenset[str]
    bureaus: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    absent: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """What rules go by of a row."""

    owners: frozenset[str]
    keepers: frozenset[str]
    community: str
    bureau: str


EVERYWHERE = Place(frozenset(), frozenset(), "", "")
"""A row without an owner or a place: only rules for every row reach it."""


def above(unit: str) -> set[str]:
    """A unit and every unit above it."""
    found: set[str] = set()
    while unit:
        found.add(unit)
        unit = PARENTS[unit]
    return found


@dataclass
class Reading:
    """One policy as it holds for one person today."""

    policy: Policy
    who: Somebody
    roles: set[str] = field(init=False)
    own: set[str] = field(init=False)

    def __post_init__(self) -> None:
        on = TODAY.isoformat()
        self.own = {self.who.number} | {n for n, first, last in self.who.absent if first <= on <= last}
        self.roles = set(self.who.positions)
        belongs = set[str]().union(*(above(unit) for unit in self.who.units))
        for held in self.policy.held:
            valid = (not held.first or held.first <= on) and (not held.last or on <= held.last)
            if valid and (
                held.position in self.who.positions or held.unit in belongs or held.number == self.who.number
            ):
                self.roles.add(held.role)

    def lines(self, form: str) -> list[Line]:
        """The rules of a form that the person holds."""
        return [line for line in self.policy.lines if line.form == form and line.role in self.roles]

    def reaches(self, line: Line, row: Place) -> bool:
        """Whether a row lies within a rule's scope."""
        places = (above(row.community) if row.community else set[str]()) | (
            above(row.bureau) if row.bureau else set[str]()
        )
        match line.scope:
            case access_pb2.ROW_SCOPE_ALL:
                return True
            case access_pb2.ROW_SCOPE_OWN:
                return bool(row.owners & self.own)
            case access_pb2.ROW_SCOPE_OWN_CUSTOMERS:
                # Rows about customers the person keeps; the person's own rows are among what the person keeps.
                return bool((row.keepers | row.owners) & self.own)
            case access_pb2.ROW_SCOPE_COMMUNITY:
                return row.community in self.who.communities
            case access_pb2.ROW_SCOPE_BUREAU:
                return row.bureau in self.who.bureaus
            case access_pb2.ROW_SCOPE_SUBTREE:
                return BR in self.who.units or bool(places & self.who.units)
            case access_pb2.ROW_SCOPE_UNITS:
                return BR in line.units or bool(places & set(line.units))
            case _:
                return False

    def may(self, form: str, action: int, row: Place) -> bool:
        """Several rules add up, an explicit refusal wins, no rule is no access."""
        found = [line for line in self.lines(form) if action in line.actions and self.reaches(line, row)]
        return any(not line.refuse for line in found) and not any(line.refuse and not line.columns for line in found)

    def may_call(self, form: str, action: int) -> bool:
        """Whether any row at all could be within reach."""
        found = [line for line in self.lines(form) if action in line.actions]
        refused = any(line.refuse and not line.columns and line.scope == access_pb2.ROW_SCOPE_ALL for line in found)
        refused |= any(line.refuse and not line.columns and self._everywhere(line) for line in found)
        return any(not line.refuse for line in found) and not refused

    def _everywhere(self, line: Line) -> bool:
        if line.scope == access_pb2.ROW_SCOPE_UNITS:
            return BR in line.units
        return line.scope == access_pb2.ROW_SCOPE_SUBTREE and BR in self.who.units

    def right(self, form: str, column: str, sensitive: bool, row: Place) -> int:
        """How far a column of a row is open."""
        if not self.may(form, SEE, row):
            return HIDDEN
        covering = [line for line in self.lines(form) if self.reaches(line, row)]
        group = column.split(".")[0]
        if any(line.refuse and {column, group} & {name for name, _ in line.columns} for line in covering):
            return HIDDEN
        best = HIDDEN
        for line in covering:
            if not line.refuse and line.actions & {SEE, CREATE, CHANGE}:
                best = max(best, self._of(line, column, group, sensitive))
        return best

    @staticmethod
    def _of(line: Line, column: str, group: str, sensitive: bool) -> int:
        named = dict(line.columns)
        writing = bool(line.actions & {CREATE, CHANGE})
        right = named.get(column) or named.get(group) or line.other or (WRITE if writing else READ)
        if sensitive and column not in named:
            right = min(named.get(group) or line.other or MASKED, MASKED)
        return right if writing else min(right, READ)

    def opens(self, form: str, column: str, least: int) -> bool:
        """Whether a file may have a column: what no rule speaks of it may; of what one does speak, no rule may leave it less open
        than `least`, unless another opens it on every row.
        """
        group = column.split(".")[0]
        naming = [line for line in self.lines(form) if {column, group} & {name for name, _ in line.columns}]
        if any(line.refuse for line in naming):
            return False
        for line in self.lines(form):
            everywhere = line.scope == access_pb2.ROW_SCOPE_ALL or self._everywhere(line)
            if everywhere and not line.refuse and self._of(line, column, group, sensitive=False) >= least:
                return True
        named = (dict(line.columns) for line in naming)
        return all((columns.get(column) or columns[group]) >= least for columns in named)

    def fills(self, form: str, column: str, row: Place, *, required: bool = False) -> bool:
        """Whether a new row may come with a value in a column: a rule that lets it be created, changed or brought in opens the
        column for writing, though it be masked for want of a name. What no row can be without goes with creating, unless refused.
        """
        covering = [line for line in self.lines(form) if self.reaches(line, row)]
        group = column.split(".")[0]
        if any(line.refuse and {column, group} & {name for name, _ in line.columns} for line in covering):
            return False
        taken = {action for line in covering if line.refuse and not line.columns for action in line.actions}
        for line in covering:
            if not line.refuse and line.actions & ({CREATE, CHANGE, IMPORT} - taken):
                named = dict(line.columns)
                if (named.get(column) or named.get(group) or line.other or WRITE) == WRITE:
                    return True
        return required

    def unmasks(self, form: str, row: Place) -> bool:
        """Whether single masked values of a row may be asked for."""
        return self.may(form, SEE, row) and self.may(form, UNMASK, row)


def mask(value: str, kind: int) -> str:
    """`138****0000`; the ends of an identity card; an address down to the street; the last four digits of an account."""
    if not value:
        return ""
    if kind == access_pb2.SENSITIVITY_PHONE:
        return re.sub(r"^(...).*(....)$", r"\1****\2", value)
    if kind == access_pb2.SENSITIVITY_ID_CARD:
        return value[:3] + "*" * 13 + value[-2:]
    if kind == access_pb2.SENSITIVITY_ADDRESS:
        return value[: value.index("路") + 1] + "****"
    if kind == access_pb2.SENSITIVITY_BANK_ACCOUNT:
        return "**** " + value[-4:]
    return "*" * min(len(value), 6)


def text(value: str, right: int, kind: int) -> str:
    """A text as far as its column is open."""
    return value if right >= READ else mask(value, kind) if right == MASKED else ""
