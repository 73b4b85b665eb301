"""What dispatch does unasked: says once what is late, follows customers and bookings, generates every day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.actions.complete_task import complete_task
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.actions.note_appointments import note_appointments
from dispatch.actions.note_customers import note_customers
from dispatch.actions.say_overdue import say_overdue
from dispatch.background.daily import DailyGeneration, next_run_after
from dispatch.domain.copies import AppointmentCopy
from dispatch.storage import tables
from tests.dispatch.small_branch import B2, DISPATCH, M1, MORNING, ZONE, World

BOOKING = "0190d000-0000-7000-8000-000000000001"


def booking(customer_id: str, version: int = 1, days: float = 0, **facts: object) -> AppointmentCopy:
    starts_at = MORNING + timedelta(days=days, hours=3)
    values: dict[str, object] = {
        "appointment_id": BOOKING,
        "version": version,
        "customer_id": customer_id,
        "kind": "visit",
        "starts_at": starts_at,
        "starts_on": starts_at.date(),
        "starts_words": "11:00",
        "place": "翠湖路 1 号",
        "cancelled": False,
    }
    return AppointmentCopy(**{**values, **facts})  # type: ignore[arg-type]  # the values above, some replaced


def test_overdue_is_said_once_and_makes_no_save_stale(world: World) -> None:
    late = world.task(due_at=MORNING - timedelta(hours=1))
    world.task(due_at=MORNING + timedelta(hours=1))
    world.task(due_at=MORNING - timedelta(hours=1), state="completed", ended_at=MORNING)
    assert [world.run(DISPATCH, say_overdue, 10) for _ in range(3)] == [1, 0, 0]
    assert world.events() == ["overdue.v1"]
    world.run(M1, complete_task, late.id, 1, "satisfied", '{"channel": "call"}')
    world.clock.advance(timedelta(hours=2))
    assert world.run(DISPATCH, say_overdue, 10) == 1


def test_overdue_is_said_in_batches_soonest_first(world: World) -> None:
    for hours in range(5):
        world.task(due_at=MORNING - timedelta(hours=hours + 1))
    assert [world.run(DISPATCH, say_overdue, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_booking_for_tomorrow_does_not_wait_for_the_night(world: World, branch: Branch) -> None:
    customer = world.customer(1, name="刘芳")
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id, days=1)], branch)
    (row,) = world.rows(tables.tasks)
    assert (row.title, row.kind, row.place, row.owner_number) == (
        "上门预约 · 刘芳(11:00)",
        "visit",
        "翠湖路 1 号",
        "m001",
    )
    assert row.due_at == MORNING + timedelta(days=1, hours=3)


def test_a_booking_far_away_waits_for_its_day_and_then_is_one_task(world: World, branch: Branch) -> None:
    customer = world.customer(1)
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id, days=9)], branch)
    assert world.rows(tables.tasks) == []
    for _ in range(12):
        world.run(DISPATCH, generate_tasks, "appointment", None, branch)
        world.clock.advance(timedelta(days=1))
    assert len(world.rows(tables.tasks)) == 1


def test_a_booking_that_ended_as_a_task_is_left_alone(world: World, branch: Branch) -> None:
    customer = world.customer(1)
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id)], branch)
    (row,) = world.rows(tables.tasks)
    world.run(M1, complete_task, row.id, 1, "done", "{}")
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id, 2, days=1)], branch)
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id, 3, cancelled=True)], branch)
    (row,) = world.rows(tables.tasks)
    assert (row.state, row.version) == ("completed", 2)


def test_a_cancelled_booking_never_becomes_a_task(world: World, branch: Branch) -> None:
    customer = world.customer(1)
    world.run(DISPATCH, note_appointments, [booking(customer.customer_id, cancelled=True)], branch)
    world.run(DISPATCH, generate_tasks, "appointment", None, branch)
    assert world.rows(tables.tasks) == []


def test_waiting_tasks_follow_the_customer_and_others_stay(world: World, branch: Branch) -> None:
    customer = world.customer(1, birthday_key="S1123")
    world.run(DISPATCH, generate_tasks, "birthday", None, branch)
    common = {"customer_id": customer.customer_id, "source": "gnet-crm", "external_id": "G"}
    accepted = world.task(state="accepted", **common)
    by_hand = world.task(placement="MANUAL", **common)
    moved = world.customer(1, version=1)  # the same version again is nothing new
    assert moved.version == 1
    fact = replace(customer, version=2, owner_number="m002", bureau_id=B2)
    world.run(DISPATCH, note_customers, [fact])
    owners = {row.id: row.owner_number for row in world.rows(tables.tasks)}
    assert (owners.pop(accepted.id), owners.pop(by_hand.id)) == ("m001", "m001")
    assert list(owners.values()) == ["m002"]
    assert world.events() == ["generated.v1", "assigned.v1"]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 23, 0, 5, tzinfo=ZONE), datetime(2026, 11, 23, 0, 10, tzinfo=ZONE)),
        (datetime(2026, 11, 23, 0, 10, tzinfo=ZONE), datetime(2026, 11, 24, 0, 10, tzinfo=ZONE)),
        (datetime(2026, 11, 23, 23, 59, tzinfo=ZONE), datetime(2026, 11, 24, 0, 10, tzinfo=ZONE)),
    ],
)
def test_ten_past_midnight_of_the_branch(now: datetime, then: datetime) -> None:
    assert next_run_after(now, ZONE) == then


async def test_the_daily_run_goes_through_every_rule(world: World, branch: Branch) -> None:
    world.customer(
        1, birthday_key="S1123", store_key="S1123", store_opened_on=datetime(2020, 11, 23, tzinfo=ZONE).date()
    )
    daily = DailyGeneration(world.database, world.clock, lambda: branch)
    assert await daily.generate() == {"appointment": 0, "birthday": 1, "holiday": 0, "store_anniversary": 1}
    assert {row.covered_on for row in world.rows(tables.generation_rules)} == {MORNING.date()}
    assert len(world.rows(tables.generation_runs)) == 4
