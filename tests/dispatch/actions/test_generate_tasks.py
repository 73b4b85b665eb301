"""Each occasion is one task: run twice, late, or with changed rules."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.actions.update_rule import RuleValues, update_rule
from dispatch.domain.branch import Bureau
from dispatch.domain.calendar import Calendar, DayFacts
from dispatch.domain.errors import FieldInvalid
from dispatch.storage import tables
from tests.dispatch.small_branch import B1, B2, DISPATCH, DISPATCHER, World


def test_a_solar_and_a_lunar_birthday(world: World, branch: Branch) -> None:
    world.customer(1, name="张建国", birthday_key="L1015")
    world.customer(2, name="刘芳", birthday_key="S1123")
    world.customer(3, birthday_key="S1124")

    created = world.run(DISPATCH, generate_tasks, "birthday", None, branch)

    assert created == 2
    found = {row.title: row for row in world.rows(tables.tasks)}
    assert set(found) == {"生日关怀 · 张建国(农历十月十五)", "生日关怀 · 刘芳(11月23日)"}
    row = found["生日关怀 · 刘芳(11月23日)"]
    assert (row.kind, row.source, row.state, row.owner_number) == ("birthday", "generator", "open", "m001")
    assert row.due_at.astimezone(branch.zone).isoformat() == "2026-11-23T17:30:00+08:00"
    assert world.events() == ["generated.v1"]


def test_twice_is_once(world: World, branch: Branch) -> None:
    world.customer(1, birthday_key="S1123")
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 0
    assert len(world.rows(tables.tasks)) == 1
    assert world.events() == ["generated.v1"]


def test_three_days_down_loses_nothing_and_doubles_nothing(world: World, branch: Branch) -> None:
    for number, key in enumerate(("S1123", "S1124", "S1125", "S1126", "S1127"), 1):
        world.customer(number, birthday_key=key)
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1
    world.clock.advance(timedelta(days=4))
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 4
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 0
    keys = [row.occasion_key for row in world.rows(tables.tasks)]
    assert len(keys) == len(set(keys)) == 5
    assert all(
        row.due_at >= world.clock.now() for row in world.rows(tables.tasks) if row.occasion_on != date(2026, 11, 23)
    )


def test_more_days_ahead_takes_in_what_came_nearer(world: World, branch: Branch) -> None:
    world.customer(1, birthday_key="S1123")
    world.customer(2, birthday_key="S1126")
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1
    rule = RuleValues("birthday", 1, enabled=True, days_ahead=5, due_working_days=0, groups=["public"], priority=2)
    world.run(DISPATCHER, update_rule, rule)
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1
    world.run(
        DISPATCHER,
        update_rule,
        RuleValues("birthday", 2, enabled=True, days_ahead=0, due_working_days=0, groups=["public"], priority=2),
    )
    for _ in range(5):
        world.clock.advance(timedelta(days=1))
        assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 0


def test_killed_in_the_middle_leaves_nothing_and_starts_over(world: World, branch: Branch) -> None:
    world.customer(1, birthday_key="S1123")

    def killed(*args: object) -> None:
        generate_tasks(*args)  # type: ignore[arg-type]  # passed through
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.run(DISPATCH, killed, "birthday", None, branch)
    assert world.rows(tables.tasks) == []
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1


def test_groups_and_off(world: World, branch: Branch) -> None:
    world.customer(1, birthday_key="S1123", customer_group="business")
    world.customer(2, birthday_key="S1123", customer_group="public")
    rule = RuleValues("birthday", 1, enabled=True, days_ahead=0, due_working_days=0, groups=["business"], priority=1)
    world.run(DISPATCHER, update_rule, rule)
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 1
    off = RuleValues("birthday", 2, enabled=False, days_ahead=0, due_working_days=0, groups=["public"], priority=1)
    world.run(DISPATCHER, update_rule, off)
    assert world.run(DISPATCH, generate_tasks, "birthday", None, branch) == 0


def test_store_anniversary_from_the_first_year_on(world: World, branch: Branch) -> None:
    world.customer(1, name="佳禾超市", store_key="S1123", store_opened_on=date(2019, 11, 23))
    world.customer(2, store_key="S1123", store_opened_on=date(2026, 11, 23))
    assert world.run(DISPATCH, generate_tasks, "store_anniversary", None, branch) == 1
    assert [row.title for row in world.rows(tables.tasks)] == ["店庆关怀 · 佳禾超市(11月23日)"]


def test_a_holiday_is_one_round_on_its_first_day(world: World, branch: Branch) -> None:
    for number in range(1, 4):
        world.customer(number)
    for day in (24, 25, 30):
        world.run(DISPATCH, generate_tasks, "holiday", date(2026, 9, day), branch)
    for day in (1, 2, 8):
        world.run(DISPATCH, generate_tasks, "holiday", date(2026, 10, day), branch)
    assert len(world.rows(tables.tasks)) == 3
    assert {row.occasion_on for row in world.rows(tables.tasks)} == {date(2026, 10, 1)}


def test_due_in_working_days_passes_over_the_holiday_and_works_the_make_up_day(world: World, branch: Branch) -> None:
    world.customer(1, birthday_key="S0930")
    rule = RuleValues("birthday", 1, enabled=True, days_ahead=0, due_working_days=3, groups=["public"], priority=1)
    world.run(DISPATCHER, update_rule, rule)
    world.run(DISPATCH, generate_tasks, "birthday", date(2026, 9, 30), branch)
    (row,) = world.rows(tables.tasks)
    # 8 and 9 October are working days, 10 October is a Saturday worked to make up.
    assert row.due_at.astimezone(branch.zone).date() == date(2026, 10, 10)


def test_a_day_far_away_is_refused(world: World, branch: Branch) -> None:
    with pytest.raises(FieldInvalid) as refusal:
        world.run(DISPATCH, generate_tasks, "birthday", date(2027, 11, 23), branch)
    assert (refusal.value.reason, refusal.value.data["field"]) == ("DATE_TOO_FAR", "date")
    assert world.rows(tables.tasks) == []


def test_a_bureaus_own_holiday_and_short_day_move_its_deadlines_only(
    world: World, branch: Branch, calendar: Calendar
) -> None:
    world.customer(1, name="甲", birthday_key="S0930")
    world.customer(2, name="乙", birthday_key="S0930", bureau_id=B2)
    world.customer(3, name="丙", birthday_key="S0930", bureau_id=None)
    rule = RuleValues("birthday", 1, enabled=True, days_ahead=0, due_working_days=2, groups=["public"], priority=1)
    world.run(DISPATCHER, update_rule, rule)
    own = {date(2026, 10, 9): DayFacts(working=False), date(2026, 10, 10): DayFacts(working=True, ends_at=time(12))}
    there = replace(branch, bureaus={B1: Bureau(Calendar({**calendar.days, **own}))})
    assert world.run(DISPATCH, generate_tasks, "birthday", date(2026, 9, 30), there) == 3
    due = {row.customer_name: row.due_at.astimezone(branch.zone).isoformat() for row in world.rows(tables.tasks)}
    assert due == {
        "甲": "2026-10-10T12:00:00+08:00",
        "乙": "2026-10-09T17:30:00+08:00",
        "丙": "2026-10-09T17:30:00+08:00",
    }
    assert world.run(DISPATCH, generate_tasks, "birthday", date(2026, 9, 30), there) == 0
    assert world.run(DISPATCH, generate_tasks, "birthday", date(2026, 9, 30), branch) == 0
    assert world.events() == ["generated.v1"]


def test_store_anniversaries_appear_as_early_as_each_bureau_wants(world: World, branch: Branch) -> None:
    for number, bureau in ((1, B1), (2, B2)):
        for ahead in (0, 3, 7):
            day = date(2026, 11, 23) + timedelta(days=ahead)
            world.customer(
                number * 10 + ahead,
                store_key=f"S{day:%m%d}",
                store_opened_on=date(2019, day.month, day.day),
                bureau_id=bureau,
            )
    wanted = replace(
        branch,
        lead_days={"store_anniversary": 3},
        bureaus={B2: Bureau(branch.calendar, {"store_anniversary": 7})},
    )
    assert world.run(DISPATCH, generate_tasks, "store_anniversary", None, wanted) == 5
    found = sorted((row.bureau_id, row.occasion_on.day) for row in world.rows(tables.tasks))
    assert found == [(B1, 23), (B1, 26), (B2, 23), (B2, 26), (B2, 30)]
    # The others follow when their day comes nearer, none twice.
    world.clock.advance(timedelta(days=4))
    assert world.run(DISPATCH, generate_tasks, "store_anniversary", None, wanted) == 1


def test_a_local_holiday_is_greeted_in_its_bureau_only(world: World, branch: Branch) -> None:
    world.customer(1)
    world.customer(2, bureau_id=B2)
    local = {date(2026, 11, 25): DayFacts(working=False, holiday="局庆", holiday_start=True)}
    there = replace(branch, bureaus={B2: Bureau(Calendar(local))})
    assert world.run(DISPATCH, generate_tasks, "holiday", None, there) == 1
    assert [row.bureau_id for row in world.rows(tables.tasks)] == [B2]
