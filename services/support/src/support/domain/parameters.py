"""Parameters: values set for the branch, a bureau or a community from a day on, and which of them holds where and when.

A unit without a value of its own has that of the unit above; the branch without one has the service's default. The empty
value takes a unit's own away from a day on. Values are never changed, only followed by later ones: of two for the same
unit and day the one set later holds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from support.domain.organisation import BUREAU_LIKE, Unit, UnitKind

FORM = "support.parameter"
GUARDED = frozenset({"support.second_administrator"})
"""What guards permissions: to switch it off takes as many people as it asks for itself."""
LONGEST_VALUE = 20_000
LONGEST_NOTE = 500
# Behind every UUID: a value that is only being looked at is the newest.
_NEWEST = "~"
_LEVELS = {
    UnitKind.BRANCH: "branch",
    UnitKind.COMMUNITY: "community",
    **dict.fromkeys(BUREAU_LIKE, "bureau"),
}


class Origin(StrEnum):
    """Where a value is from."""

    DEFAULT = "DEFAULT"
    BRANCH = "BRANCH"
    BUREAU = "BUREAU"
    COMMUNITY = "COMMUNITY"


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as its service declares it."""

    key: str
    service: str
    schema_json: str
    default_json: str
    group: str
    levels: tuple[str, ...]
    columns: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value set for a unit (empty for the branch) from a day on; empty JSON takes the unit's own away."""

    key: str
    unit_id: str
    effective_from: date
    value_json: str
    id: str = _NEWEST
    set_by: str = ""
    set_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a value would change at one unit; empty unit for the branch."""

    unit_id: str
    old_json: str
    new_json: str


def level_of(unit: Unit | None) -> str:
    """Answer the level of a unit as declarations name it; None stands for the branch, empty for one without."""
    return "branch" if unit is None else _LEVELS.get(unit.kind, "")


def upwards(unit_id: str, units: Mapping[str, Unit]) -> list[str]:
    """Answer a unit with those above it, nearest first; the branch is the empty id, at the end."""
    found: list[str] = []
    while unit_id:
        unit = units.get(unit_id)
        if unit is None or unit.parent_id is None:
            break
        found.append(unit_id)
        unit_id = unit.parent_id
    return [*found, ""]


def own(values: Iterable[Value], unit_id: str, on: date) -> Value | None:
    """Answer what was last set for a unit itself and has begun by a day; it may be the empty value."""
    mine = [each for each in values if each.unit_id == unit_id and each.effective_from <= on]
    return max(mine, key=_order) if mine else None


def holding(values: Sequence[Value], chain: Iterable[str], on: date) -> Value | None:
    """Answer the value that holds on a day at the first of these units; None where the default does."""
    for unit_id in chain:
        found = own(values, unit_id, on)
        if found is not None and found.value_json:
            return found
    return None


def upcoming(values: Sequence[Value], chain: Sequence[str], after: date) -> list[Value]:
    """Answer what holds later at the first of these units, by day."""
    before = holding(values, chain, after)
    found: list[Value] = []
    for day in sorted(
        {each.effective_from for each in values if each.unit_id in chain and each.effective_from > after}
    ):
        then = holding(values, chain, day)
        if (then and then.id) == (before and before.id):
            continue
        taken = next(each for each in values if each.unit_id in chain and each.effective_from == day)
        # What holds from that day without being set then comes back because a nearer value was taken away.
        found.append(then if then and then.effective_from == day else replace(taken, value_json=""))
        before = then
    return found


def origin(value: Value | None, units: Mapping[str, Unit]) -> Origin:
    """Answer where a value is from."""
    if value is None:
        return Origin.DEFAULT
    unit = units.get(value.unit_id)
    return Origin(level_of(unit).upper() or Origin.BUREAU)


def loosens(key: str, before: str, then: str) -> bool:
    """Tell whether a value switches off what one administrator alone may not: that there must be a second one."""
    return key in GUARDED and json.loads(before) is True and then != "" and json.loads(then) is False


def same(one: str, other: str) -> bool:
    """Tell whether two texts say the same value, however it is written: 4.0 is 4, and what stands first in an object is no matter."""
    return one == other or bool(one and other and _plain(json.loads(one)) == _plain(json.loads(other)))


def _plain(value: object) -> object:
    """Answer a value such that equal ones compare equal, and a truth is no number."""
    if isinstance(value, bool) or value is None:
        return str(value), "word"
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("dict[str, object]", value).items()}
    return value


def effects(
    values: Sequence[Value], wanted: Value, units: Mapping[str, Unit], default_json: str, on: date
) -> list[Effect]:
    """Answer the units at which a value would change what holds on its first day; the branch first, closed units never."""
    after = [*values, replace(wanted, id=_NEWEST)]
    open_units = [
        unit.id for unit in units.values() if unit.parent_id and (unit.valid_to is None or on <= unit.valid_to)
    ]
    found: list[Effect] = []
    for unit_id in ["", *sorted(open_units, key=lambda each: units[each].code)]:
        chain = upwards(unit_id, units)
        if wanted.unit_id not in chain:
            continue
        old = holding(values, chain, wanted.effective_from)
        new = holding(after, chain, wanted.effective_from)
        before, then = (each.value_json if each else default_json for each in (old, new))
        if not same(before, then):
            found.append(Effect(unit_id, before, then))
    return found


def put_back(values: Sequence[Value], undone: Value, today: date) -> Value | None:
    """Answer the value that puts back what a unit had before a change; None when the change holds nowhere any more.

    It begins with the change it undoes, or today where that has begun: what was is not rewritten.
    """
    begins = max(undone.effective_from, today)
    now = own(values, undone.unit_id, begins)
    if now is None or now.id != undone.id:
        return None
    before = own([each for each in values if each.id < undone.id], undone.unit_id, begins)
    return replace(undone, id=_NEWEST, effective_from=begins, value_json=before.value_json if before else "")


def published(values: Iterable[Value], today: date) -> list[Value]:
    """Answer the values of one parameter that hold now or later: of each unit the last that has begun, and those to come."""
    every = list(values)
    begun = {unit_id: own(every, unit_id, today) for unit_id in {each.unit_id for each in every}}
    return sorted(
        (each for each in every if each.effective_from > today or begun[each.unit_id] is each),
        key=lambda each: (each.unit_id, *_order(each)),
    )


def columns_in(value: object) -> set[str]:
    """Answer every text of a value that may name a column, as `form/column`."""
    if isinstance(value, str):
        return {value} if "/" in value else set()
    if isinstance(value, dict):
        return columns_in(list(cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return set[str]().union(*(columns_in(part) for part in cast("list[object]", value)))
    return set()


def _order(value: Value) -> tuple[date, str]:
    return value.effective_from, value.id
