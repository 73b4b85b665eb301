"""List the rules by which tasks are generated."""

from chassis.database import Unit
from dispatch.domain.rules import GenerationRule
from dispatch.storage import generation


def list_rules(unit: Unit) -> list[GenerationRule]:
    """Answers every rule, by name."""
    return generation.rules(unit)
