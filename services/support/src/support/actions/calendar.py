"""The branch's calendar: filled from the official notices, asked for, confirmed, and set by hand; bureaus' own days."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import Row

from chassis import history
from chassis.database import Unit as Work
from chassis.paging import Page
from support.almanac import official_year
from support.domain.calendar import Day, Year, check_cleared, check_days, check_year, with_local, with_own
from support.domain.errors import FieldRefused, YearChanged
from support.domain.organisation import BUREAU_LIKE, Unit
from support.domain.parameter_errors import ConfirmedByPerson, UnitOutOfReach
from support.storage import calendar, organisation, parameters, unit_days
from support.storage.documents import mark_changed, raise_version, version

FIRST_KEPT_YEAR = 2024
_FORM = "support.calendar"
Official = Callable[[int], Year]


@dataclass(frozen=True)
class Wish:
    """What is to become of a year: the branch's, or with `unit_id` a bureau's own days of it."""

    year: int
    version: int
    days: Sequence[Day] = ()
    published: bool | None = None
    unit_id: str = ""
    cleared: Sequence[date] = ()


def fill_calendar(work: Work, today: date, official: Official = official_year) -> list[int]:
    """Keep every year from 2024 to the next one as the official notices have it; answers the years that changed.

    Days that the branch has set itself stay, and a year that a person has confirmed stays as a whole. A notice published
    later, with its make-up days, comes in the next time this runs on a release that knows it.
    """
    kept = calendar.stored_years(work)
    by_hand = calendar.years_set_by_hand(work)
    changed: list[int] = []
    for number in range(FIRST_KEPT_YEAR, today.year + 2):
        before = kept.get(number)
        year = with_local(official(number), before) if before is not None else official(number)
        same = before is not None and (before.published, before.days) == (year.published, year.days)
        if number in by_hand or same:
            continue
        calendar.write_year(work, year, by_hand=False, known=before is not None)
        changed.append(number)
    mark_changed(work, (calendar.key_of(number) for number in changed))
    return changed


def get_year(work: Work, number: int, official: Official = official_year, unit_id: str = "") -> Year:
    """Answer a year as it is kept, or as the official notices have it while it is not kept (version 0).

    For a bureau its own days stand in the place of the branch's, and the version is that of its own days.
    """
    check_year(number)
    branch = calendar.stored_year(work, number) or official(number)
    unit_id = _bureau(work, unit_id, access_pb2.ACTION_SEE)
    if not unit_id:
        return branch
    key = unit_days.key_of(number, unit_id)
    return with_own(branch, unit_days.own_days(work, number, unit_id), version(work, key))


def get_day(work: Work, on: date, official: Official = official_year) -> tuple[Day, bool]:
    """Answer what a day is where the caller works, and whether its year is published."""
    branch = calendar.stored_year(work, on.year) or official(on.year)
    if len(work.actor.bureau_ids) != 1:
        return branch.day(on), branch.published
    own = unit_days.own_days(work, on.year, next(iter(work.actor.bureau_ids)))
    return with_own(branch, own, 0).day(on), branch.published


def set_days(work: Work, wish: Wish, official: Official = official_year) -> Year:
    """Set days of a year by hand, take some back, or confirm it. Refuses a version that is no longer the newest."""
    check_year(wish.year)
    wanted = check_days(wish.year, wish.days)
    cleared = check_cleared(wish.year, wish.cleared, wanted)
    unit_id = _bureau(work, wish.unit_id, access_pb2.ACTION_CHANGE)
    if unit_id:
        return _set_own_days(work, wish, unit_id, wanted, cleared, official)
    kept, notice = calendar.stored_year(work, wish.year), official(wish.year)
    before = kept or notice
    if not raise_version(work, calendar.key_of(wish.year), wish.version):
        raise YearChanged(form=_FORM, id=str(wish.year), version=str(before.version))
    merged = {day.on: day for day in before.days if day.on not in cleared}
    merged |= {day.on: day for day in notice.days if day.on in cleared}
    merged |= {on: replace(day, local=True, unit_id="") for on, day in wanted.items()}
    after = replace(before, days=tuple(merged[on] for on in sorted(merged)), version=wish.version + 1)
    after = _confirmed(work, after, wish.published)
    by_hand = wish.published is not None or wish.year in calendar.years_set_by_hand(work)
    calendar.write_year(work, after, by_hand=by_hand, known=kept is not None)
    _trace(work, before, after)
    return after


def list_calendar_changes(work: Work, year: int, unit_id: str, page: Page) -> tuple[list[Row[Any]], str]:
    """Answer a page of what was changed in a year, newest first, and after which change the next one starts."""
    unit_id = _bureau(work, unit_id, access_pb2.ACTION_SEE)
    changes = work.plumbing.changes
    # A year that nobody has kept yet nobody has changed either.
    record = unit_id or calendar.record_id(work, year)
    if record is None:
        return [], ""
    asked = history.of_root(changes, record, page).where(changes.c.form == _FORM)
    if unit_id:
        asked = asked.where(changes.c.field.like(f"{year:04d}-%"))
    rows: Sequence[Row[Any]] = work.session.execute(asked).all()
    return list(rows[: page.size]), rows[page.size - 1].id if len(rows) > page.size else ""


def _set_own_days(
    work: Work, wish: Wish, unit_id: str, wanted: Mapping[date, Day], cleared: set[date], official: Official
) -> Year:
    if wish.published is not None:
        raise FieldRefused("published", "YEAR_IS_THE_BRANCHS")
    before, key = get_year(work, wish.year, official, unit_id), unit_days.key_of(wish.year, unit_id)
    if not raise_version(work, key, wish.version):
        raise YearChanged(form=_FORM, id=f"{wish.year}.{unit_id}", version=str(version(work, key)))
    days = [replace(day, local=True, unit_id=unit_id) for day in wanted.values()]
    unit_days.replace_days(work, unit_id, cleared, days)
    after = get_year(work, wish.year, official, unit_id)
    _trace(work, before, after, unit_id)
    return after


def _confirmed(work: Work, year: Year, published: bool | None) -> Year:
    if published is None:
        return year
    if work.actor.kind != "person":
        raise ConfirmedByPerson(form=_FORM, id=str(year.year))
    by, at = (work.actor.id, work.now()) if published else ("", None)
    return replace(year, published=published, confirmed_by=by, confirmed_at=at)


def _bureau(work: Work, unit_id: str, action: int) -> str:
    """Answer the bureau whose days are meant, empty for the branch; refused for another kind of unit or one out of reach."""
    units: Mapping[str, Unit] = organisation.all_units(work) if unit_id else {}
    unit = units.get(unit_id)
    if unit_id and (unit is None or (unit.parent_id is not None and unit.kind not in BUREAU_LIKE)):
        raise FieldRefused("unit_id", "UNIT_UNKNOWN" if unit is None else "UNIT_NOT_A_BUREAU", value=unit_id[:64])
    if unit is not None and unit.parent_id is None:
        unit_id = ""
    looking_at_branch = action == access_pb2.ACTION_SEE and not unit_id
    if not looking_at_branch and not parameters.within_reach(work, _FORM, action, unit_id, units):
        raise UnitOutOfReach(form=_FORM, id=unit_id)
    return unit_id


def _trace(work: Work, before: Year, after: Year, unit_id: str = "") -> None:
    record_id = unit_id or calendar.record_id(work, after.year) or ""
    if before.published != after.published:
        work.trace(_FORM, record_id, "published", str(before.published), str(after.published))
    if before.confirmed_by != after.confirmed_by:
        work.trace(_FORM, record_id, "confirmed_by", before.confirmed_by or None, after.confirmed_by or None)
    for on in sorted({day.on for day in (*before.days, *after.days)}):
        old, new = before.day(on), after.day(on)
        if old != new:
            work.trace(_FORM, record_id, on.isoformat(), _told(old), _told(new))


def _told(day: Day) -> str:
    words = ["working" if day.working else "free", day.holiday_zh, "make-up" if day.make_up else ""]
    words.append(f"until {day.ends_at}" if day.ends_at else "")
    return " ".join(word for word in words if word)
