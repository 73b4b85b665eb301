"""Working days and hours: holidays, make-up days, short days, hours that change from a day on."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain.branch import Branch, Bureau, Part
from dispatch.domain.calendar import Calendar, DayFacts, Hours

ZONE = ZoneInfo("Asia/Shanghai")
HOLIDAY = {
    **{date(2026, 10, n): DayFacts(working=False) for n in range(1, 8)},
    # A Saturday worked to make up for it.
    date(2026, 10, 10): DayFacts(working=True),
}
EVE = date(2026, 9, 30)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("begins", "hours", "due"),
    [
        (at(9, 29, 9), 4, at(9, 29, 13)),
        # Before work and after it the clock stands still.
        (at(9, 29, 6), 4, at(9, 29, 12, 30)),
        (at(9, 29, 22), 4, at(9, 30, 12, 30)),
        (at(9, 29, 8, 30), 9, at(9, 29, 17, 30)),
        (at(9, 29, 8, 31), 9, at(9, 30, 8, 31)),
        # The holiday between does not count, the Saturday worked for it does, the Sunday after it does not.
        (at(9, 30, 16, 30), 4, at(10, 8, 11, 30)),
        (at(10, 9, 16, 30), 4, at(10, 10, 11, 30)),
        (at(10, 10, 16, 30), 4, at(10, 12, 11, 30)),
    ],
)
def test_response_times_count_working_hours_only(begins: datetime, hours: float, due: datetime) -> None:
    calendar = Calendar(HOLIDAY)
    assert calendar.after_working_time(begins, timedelta(hours=hours), ZONE) == due
    assert calendar.after_working_time(begins.astimezone(UTC), timedelta(hours=hours), ZONE) == due


def test_a_short_day_ends_deadlines_early_and_moves_what_it_does_not_hold() -> None:
    short = Calendar({**HOLIDAY, EVE: DayFacts(working=True, ends_at=time(12))})
    assert short.close_of_work(EVE, ZONE) == at(9, 30, 12)
    assert Calendar(HOLIDAY).close_of_work(EVE, ZONE) == at(9, 30, 17, 30)
    assert short.after_working_time(at(9, 30, 11), timedelta(hours=4), ZONE) == at(10, 8, 11, 30)


def test_hours_may_change_from_a_day_on() -> None:
    winter = Hours(time(9), time(17))

    def hours_on(on: date) -> Hours:
        return winter if on >= date(2026, 10, 1) else Hours(time(8), time(18))

    calendar = Calendar(HOLIDAY, hours_on)
    assert calendar.close_of_work(EVE, ZONE) == at(9, 30, 18)
    assert calendar.close_of_work(date(2026, 10, 8), ZONE) == at(10, 8, 17)
    assert calendar.after_working_time(at(9, 30, 17), timedelta(hours=2), ZONE) == at(10, 8, 10)


def test_where_clocks_move_an_hour_is_an_hour() -> None:
    # On 25 October 2026 the night in Berlin has an hour more; a day of 24 working hours therefore ends at 23 o'clock there.
    berlin = ZoneInfo("Europe/Berlin")
    all_day = Calendar({date(2026, 10, 25): DayFacts(working=True)}, lambda _: Hours(time(0), time(23, 59)))
    begins = datetime(2026, 10, 25, 0, tzinfo=berlin)
    assert all_day.after_working_time(begins, timedelta(hours=24), berlin) == datetime(2026, 10, 25, 23, tzinfo=berlin)


def test_a_calendar_without_working_days_hangs_nobody() -> None:
    never = Calendar({EVE + timedelta(days=n): DayFacts(working=False) for n in range(1500)})
    assert never.after_working_time(at(9, 30, 9), timedelta(hours=1), ZONE) > at(9, 30, 9)
    assert never.working_days_after(EVE, 1) > EVE


def test_the_parts_of_a_branch_are_all_customers_once() -> None:
    own = Bureau(Calendar(HOLIDAY), {"store_anniversary": 5})
    branch = Branch(Calendar(), ZONE, {"birthday": 2}, {"b1": own})
    assert branch.parts("store_anniversary") == [
        Part(branch.calendar, None, others=("b1",)),
        Part(own.calendar, 5, "b1"),
    ]
    assert [part.lead_days for part in branch.parts("birthday")] == [2, None]
    assert (branch.calendar_at("b1"), branch.calendar_at("b2"), branch.calendar_at(None)) == (
        own.calendar,
        branch.calendar,
        branch.calendar,
    )
