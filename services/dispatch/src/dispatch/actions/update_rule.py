"""Change a rule by which tasks are generated."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database import Unit
from chassis.errors import NotFound
from dispatch.domain.errors import StaleVersion
from dispatch.domain.rules import GenerationRule
from dispatch.storage import generation

FORM = "dispatch.generation_rule"
TRACED = ("enabled", "days_ahead", "due_working_days", "groups", "priority")


@dataclass(frozen=True)
class RuleValues:
    """The rule as it shall be, with the version the caller saw."""

    name: str
    version: int
    enabled: bool
    days_ahead: int
    due_working_days: int
    groups: Sequence[str]
    priority: int


def update_rule(unit: Unit, values: RuleValues) -> GenerationRule:
    """Changes a rule the caller has seen in this version; the next run goes by it."""
    rule = generation.locked_rule(unit, values.name)
    if rule is None:
        raise NotFound(form=FORM, id=values.name)
    if rule.version != values.version:
        raise StaleVersion(version=str(rule.version))
    was = {name: str(getattr(rule, name)) for name in TRACED}
    rule.change(
        enabled=values.enabled,
        days_ahead=values.days_ahead,
        due_working_days=values.due_working_days,
        groups=values.groups,
        priority=values.priority,
    )
    for name, old in was.items():
        new = str(getattr(rule, name))
        if new != old:
            unit.trace(FORM, generation.record_id(rule.name), name, old, new)
    return rule
