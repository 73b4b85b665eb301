"""The checker itself is shown to bite: a checker that has never failed proves nothing."""

from typing import Any

import pytest

from tests.faults.ledger import Task, Verdict, compare


def order(number: str, *task_ids: str) -> dict[str, Any]:
    return {"external_id": number, "acknowledged": 1, "effects": [{"task_id": task_id} for task_id in task_ids]}


def judged(**changes: Any) -> Verdict:
    given: dict[str, Any] = {
        "orders": [order("A", "t1"), order("B")],
        "deliveries": {"applied": 1, "duplicate": 2},
        "tasks": [Task("t1", "A", "completed"), Task("t2", "B", "open")],
        "completed": ["t1"],
        **changes,
    }
    return compare(**given)


def test_a_clean_run_is_clean() -> None:
    assert judged().clean
    assert str(judged()).startswith("2 orders acknowledged: 0 lost")


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"tasks": [Task("t1", "A", "completed")]}, {"lost_orders": ["B"]}),
        (
            {"tasks": [Task("t1", "A", "completed"), Task("t2", "B", "open"), Task("t3", "B", "open")]},
            {"doubled_orders": ["B"]},
        ),
        ({"tasks": [Task("t1", "A", "open"), Task("t2", "B", "open")]}, {"lost_completions": ["t1"]}),
        ({"orders": [order("A"), order("B")]}, {"lost_effects": ["t1"]}),
        ({"orders": [order("A", "t1", "t1"), order("B")]}, {"doubled_effects": ["t1"]}),
        ({"deliveries": {"double": 1}}, {"doubled_effects": ["by verdict"]}),
    ],
)
def test_each_kind_of_loss_is_found(changes: dict[str, Any], broken: dict[str, list[str]]) -> None:
    verdict = judged(**changes)
    assert not verdict.clean
    for name, found in broken.items():
        assert getattr(verdict, name) == found
