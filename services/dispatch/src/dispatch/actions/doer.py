"""Who acts, in the words of the domain."""

from chassis.database import Unit
from dispatch.domain.words import Doer


def doer(unit: Unit) -> Doer:
    """Answers who this unit acts for."""
    actor = unit.actor
    return Doer(actor.kind, actor.id, actor.name, actor.roles, actor.ip)
