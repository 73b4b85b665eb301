"""What differs between two policies: role by role, form by form, and whether somebody can see or do more afterwards.

Compared is what the rules of a role say together, not how they are cut: one rule split in two is no difference.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from support.domain.grants import Action, Right, Scope
from support.domain.policy import Assignment, Role, Roles, Rule, in_order

_RIGHTS = tuple(Right)
_WRITING = frozenset({Action.CREATE, Action.CHANGE})
# A scope takes in another's rows for certain; where it is not certain the wider reading counts.
_TAKES_IN = {
    Scope.OWN_CUSTOMERS: frozenset({Scope.OWN}),
    Scope.BUREAU: frozenset({Scope.COMMUNITY}),
}
_OTHER_COLUMNS = "*"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `form` is empty for the role itself and who holds it."""

    role: str
    form: str
    what: str
    item: str
    old: str
    new: str
    widens: bool


@dataclass(frozen=True, slots=True)
class _Area:
    """A scope with its units."""

    scope: Scope
    units: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.units) if self.units else str(self.scope)

    def takes_in(self, other: "_Area") -> bool:
        if self.scope == Scope.ALL or self == other:
            return True
        if self.scope == other.scope == Scope.UNITS:
            return set(other.units) <= set(self.units)
        return other.scope in _TAKES_IN.get(self.scope, ())


def compare(before: Roles, after: Roles, sensitive: Collection[tuple[str, str]] = ()) -> list[Difference]:
    """Answer every difference; `sensitive` are the columns that are masked where no rule names them, as (form, column)."""
    old, new = ({role.name: role for role in roles} for roles in (before, after))
    found: list[Difference] = []
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        found += _of_role(name, was, now)
        found += _of_assignments(name, was, now)
        rules, newer = (role.rules if role else () for role in (was, now))
        for form in sorted({rule.form for rule in (*rules, *newer)}):
            here, there = ([rule for rule in some if rule.form == form] for some in (rules, newer))
            found += _of_form(name, form, here, there, {column for where, column in sensitive if where == form})
    return found


def _of_role(name: str, was: Role | None, now: Role | None) -> Iterator[Difference]:
    old, new = (f"{role.title_zh} / {role.title_en}" if role else "" for role in (was, now))
    if old != new:
        # The title opens nothing; what the role's rules and holders open stands in lines of its own. A role with
        # refusals that goes gives back what it took.
        gone = was is not None and now is None and any(rule.refuse for rule in was.rules)
        yield Difference(name, "", "ROLE", "", old, new, widens=gone)


def _of_assignments(name: str, was: Role | None, now: Role | None) -> Iterator[Difference]:
    old, new = (_holders(role.assignments if role else ()) for role in (was, now))
    taking = any(rule.refuse for role in (was, now) if role for rule in role.rules)
    for holder in dict.fromkeys((*old, *new)):
        before, after = old.get(holder, set()), new.get(holder, set())
        if before != after:
            widens = bool(after - before) or taking
            yield Difference(name, "", "ASSIGNMENT", holder, _periods(before), _periods(after), widens=widens)


def _holders(assignments: Iterable[Assignment]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for each in assignments:
        found.setdefault(f"{each.kind}:{each.holder}", set()).add((each.valid_from, each.valid_to))
    return found


def _periods(periods: set[tuple[str, str]]) -> str:
    return ", ".join(f"{start or '…'}–{end or '…'}" for start, end in sorted(periods))


def _of_form(role: str, form: str, was: list[Rule], now: list[Rule], sensitive: set[str]) -> Iterator[Difference]:
    granting = [rule for rule in was if not rule.refuse], [rule for rule in now if not rule.refuse]
    for action in Action:
        old, new = (_areas(rules, action) for rules in granting)
        if old == new:
            continue
        what = "SCOPE" if old and new else "ACTION"
        widens = any(not any(had.takes_in(area) for had in old) for area in new)
        yield Difference(role, form, what, str(action), _told(old), _told(new), widens=widens)
    yield from _of_columns(role, form, *granting, sensitive)
    yield from _of_refusals(role, form, was, now)


def _areas(rules: Iterable[Rule], action: Action) -> dict[_Area, None]:
    return {_area(rule): None for rule in rules if action in rule.actions}


def _area(rule: Rule) -> _Area:
    return _Area(rule.scope, tuple(sorted(rule.unit_ids)))


def _told(areas: Iterable[_Area]) -> str:
    return ", ".join(sorted(str(area) for area in areas))


def _of_columns(role: str, form: str, was: list[Rule], now: list[Rule], sensitive: set[str]) -> Iterator[Difference]:
    named = {column for rule in (*was, *now) for column, _ in rule.columns}
    for column in (*sorted(named), _OTHER_COLUMNS):
        old, new = (_opened(rules, column, column in sensitive) for rules in (was, now))
        kept = [area for area in new if area in old]
        # Where an area is new or gone altogether, lines on actions and scopes say so; a column's line is about what stays.
        concerned = kept if column == _OTHER_COLUMNS or not (old.keys() ^ new.keys()) else list(new) or list(old)
        if all(old.get(area) == new.get(area) for area in concerned):
            continue
        widens = any(_RIGHTS.index(right) > _best(old, area) for area, right in new.items())
        yield Difference(role, form, "COLUMN", column, _rights(old), _rights(new), widens=widens)


def _opened(rules: Iterable[Rule], column: str, sensitive: bool) -> dict[_Area, Right]:
    found: dict[_Area, Right] = {}
    for rule in rules:
        if not _WRITING & set(rule.actions) and Action.SEE not in rule.actions:
            continue
        area, right = _area(rule), _right(rule, column, sensitive)
        if area not in found or _RIGHTS.index(right) > _RIGHTS.index(found[area]):
            found[area] = right
    return found


def _right(rule: Rule, column: str, sensitive: bool) -> Right:
    widest = Right.WRITE if _WRITING & set(rule.actions) else Right.READ
    columns = dict(rule.columns)
    named = columns.get(column)
    if named is None:
        named = columns.get(column.partition(".")[0]) or rule.other_columns or widest
        if sensitive:
            named = min(named, Right.MASKED, key=_RIGHTS.index)
    return min(named, widest, key=_RIGHTS.index)


def _best(old: Mapping[_Area, Right], area: _Area) -> int:
    """Answer the place of the widest right that was there for all rows of an area; -1 for none."""
    return max((_RIGHTS.index(right) for had, right in old.items() if had.takes_in(area)), default=-1)


def _rights(opened: Mapping[_Area, Right]) -> str:
    """Tell the right; by scope where it is not the same everywhere."""
    rights = set(opened.values())
    if len(rights) == 1:
        return str(rights.pop())
    return ", ".join(sorted(f"{area}: {right}" for area, right in opened.items()))


def _of_refusals(role: str, form: str, was: list[Rule], now: list[Rule]) -> Iterator[Difference]:
    old, new = (_refused(rules) for rules in (was, now))
    for item in dict.fromkeys((*old, *new)):
        before, after = old.get(item, set()), new.get(item, set())
        if before != after:
            widens = any(not any(stays.takes_in(area) for stays in after) for area in before)
            yield Difference(role, form, "REFUSAL", item, _told(before), _told(after), widens=widens)


def _refused(rules: Iterable[Rule]) -> dict[str, set[_Area]]:
    """Answer where each action or column is refused."""
    found: dict[str, set[_Area]] = {}
    for rule in rules:
        if rule.refuse:
            items = [column for column, _ in rule.columns] or [str(action) for action in in_order(rule.actions)]
            for item in items:
                found.setdefault(item, set()).add(_area(rule))
    return found
