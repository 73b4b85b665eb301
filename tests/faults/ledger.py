"""The two ledgers compared: what the older system was told and did, and what the branch holds.

Lost: acknowledged but not there. Doubled: there twice. Both must be empty, whatever was killed meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Task:
    """A task as the branch holds it."""

    id: str
    external_id: str
    state: str


@dataclass(frozen=True)
class Verdict:
    """Which promises were broken, by number."""

    acknowledged: int
    completions: int
    lost_orders: list[str]
    doubled_orders: list[str]
    lost_completions: list[str]
    lost_effects: list[str]
    doubled_effects: list[str]

    @property
    def clean(self) -> bool:
        """True when nothing was lost and nothing doubled."""
        return not (
            self.lost_orders
            or self.doubled_orders
            or self.lost_completions
            or self.lost_effects
            or self.doubled_effects
        )

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} orders acknowledged: {len(self.lost_orders)} lost, {len(self.doubled_orders)} doubled; "
            f"{self.completions} completions acknowledged: {len(self.lost_completions)} lost; "
            f"write-back effects: {len(self.lost_effects)} lost, {len(self.doubled_effects)} doubled"
        )


def compare(
    orders: Iterable[Mapping[str, Any]], deliveries: Mapping[str, int], tasks: Iterable[Task], completed: Iterable[str]
) -> Verdict:
    """Compares the older system's orders (with their effects) and verdicts with the branch's tasks.

    `completed` are the ids of tasks whose completion was acknowledged to a person.
    """
    orders = list(orders)
    tasks = list(tasks)
    acknowledged = [str(order["external_id"]) for order in orders if order["acknowledged"]]
    held = Counter(task.external_id for task in tasks)
    states = {task.id: task.state for task in tasks}
    effects = Counter(str(effect["task_id"]) for order in orders for effect in order["effects"])
    ended = [task.id for task in tasks if task.state in ("completed", "cancelled")]
    done = list(completed)
    doubled = [task_id for task_id, count in effects.items() if count > 1]
    return Verdict(
        acknowledged=len(acknowledged),
        completions=len(done),
        lost_orders=[number for number in acknowledged if not held[number]],
        doubled_orders=[number for number, count in held.items() if count > 1],
        lost_completions=[task_id for task_id in done if states.get(task_id) != "completed"],
        lost_effects=[task_id for task_id in ended if not effects[task_id]],
        doubled_effects=doubled + ["by verdict"] * deliveries.get("double", 0),
    )
