"""Transitions of a task: every legal one, and a no for every other."""

from datetime import UTC, datetime
from itertools import product

import pytest

from dispatch.domain.errors import FieldInvalid, NotAllowed, WrongState
from dispatch.domain.events import TaskAccepted, TaskAssigned, TaskCancelled, TaskCompleted
from dispatch.domain.task import Placement, Task
from dispatch.domain.words import Doer, TaskState

NOON = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)
OWNER = Doer("person", "m001", "王敏", frozenset({"customer_manager"}))
SEAT = Doer("person", "z01", "赵静", frozenset({"seat_manager"}))
COLLEAGUE = Doer("person", "m002", "李强", frozenset({"customer_manager"}))
CHIEF = Doer("person", "c01", "周海", frozenset({"bureau_chief"}))
SYSTEM = Doer("system", "gnet-crm", "gnet-crm")
OTHER_SYSTEM = Doer("system", "fixed-line-dispatch", "fixed-line-dispatch")
SERVICE = Doer("service", "svc-dispatch", "dispatch")
EVERYBODY = (OWNER, SEAT, COLLEAGUE, CHIEF, SYSTEM, OTHER_SYSTEM, SERVICE)
VERBS = ("accept", "complete", "cancel", "assign")
MAY = {
    "accept": {OWNER.id, SEAT.id},
    "complete": {OWNER.id, SEAT.id},
    "cancel": {OWNER.id, SEAT.id, CHIEF.id, SYSTEM.id, SERVICE.id},
    "assign": {CHIEF.id, SERVICE.id},
}
FROM = {
    "accept": {"open"},
    "complete": {"open", "accepted"},
    "cancel": {"open", "accepted"},
    "assign": {"open", "accepted"},
}


def task(state: str = "open") -> Task:
    return Task(
        id="t1",
        kind="visit",
        title="上门",
        source="gnet-crm",
        external_id="G-1",
        priority=3,
        due_at=NOON,
        created_at=NOON,
        owner_number="m001",
        seat_number="z01",
        state=state,
    )


def do(found: Task, verb: str, by: Doer) -> object:
    if verb == "accept":
        return found.accept(by)
    if verb == "complete":
        return found.complete(by, NOON, "done", "{}")
    if verb == "cancel":
        return found.cancel(by, NOON, "不需要")
    return found.assign(by, "m003")


@pytest.mark.parametrize(("verb", "state", "by"), list(product(VERBS, TaskState, EVERYBODY)))
def test_every_transition(verb: str, state: str, by: Doer) -> None:
    found = task(state)
    legal = by.id in MAY[verb] and state in FROM[verb]
    assert (verb in found.allowed(by)) == legal
    if legal:
        do(found, verb, by)
        assert found.version == 2
        return
    with pytest.raises(NotAllowed if by.id not in MAY[verb] else WrongState):
        do(found, verb, by)
    assert (found.state, found.version, found.ended_at, found.owner_number) == (state, 1, None, "m001")


def test_each_transition_returns_its_fact() -> None:
    found = task()
    assert found.accept(OWNER) == TaskAccepted(found)
    done = found.complete(SEAT, NOON, "done", '{"note": "x"}')
    assert done == TaskCompleted(found, SEAT, NOON)
    assert (found.state, found.result_code, found.write_back) == ("completed", "done", "pending")
    assert found.ended_at == NOON.replace(microsecond=0)


def test_a_new_owner_has_yet_to_accept() -> None:
    found = task("accepted")
    assert found.assign(CHIEF, "m003") == TaskAssigned(found, "m001")
    assert (found.state, found.owner_number, found.placement) == ("open", "m003", "MANUAL")
    assert found.allowed(OWNER) == []


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_cancellation_says_why(reason: str) -> None:
    found = task()
    with pytest.raises(FieldInvalid):
        found.cancel(OWNER, NOON, reason)
    assert found.state == "open"


def test_a_system_is_not_told_of_its_own_cancellation() -> None:
    by_system, by_owner, ours = task(), task(), task()
    ours.source, ours.external_id = "manual", None
    assert by_system.cancel(SYSTEM, NOON, "误派") == TaskCancelled(by_system, SYSTEM, NOON, "误派")
    by_owner.cancel(OWNER, NOON, "不需要")
    ours.cancel(OWNER, NOON, "不需要")
    assert (by_system.write_back, by_owner.write_back, ours.write_back) == (None, "pending", None)


def test_overdue_follows_from_the_due_time() -> None:
    found = task()
    assert not found.overdue(NOON)
    assert found.overdue(NOON.replace(second=1))
    found.complete(OWNER, NOON, "done", "{}")
    assert not found.overdue(NOON.replace(second=1))


def test_a_late_look_up_that_finds_nobody_leaves_it_unassigned() -> None:
    found = task()
    found.owner_number = None
    assert found.settle_owner(SERVICE, Placement("NOT_FOUND")) is None
    assert (found.owner_number, found.placement, found.version) == (None, "NOT_FOUND", 2)


def test_a_booking_moves_its_task_until_that_has_ended() -> None:
    found = task()
    found.overdue_said_at = NOON
    found.move(NOON.replace(day=25), NOON.date(), "新", None)
    assert (found.due_at.day, found.overdue_said_at, found.version) == (25, None, 2)
    found.cancel(OWNER, NOON, "不需要")
    with pytest.raises(WrongState):
        found.move(NOON, NOON.date(), "新", None)
