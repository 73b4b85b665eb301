"""What the organisation announces that concerns tasks."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.domain.words import Doer


@dataclass(frozen=True, slots=True)
class UnitsMoved:
    """Communities that lie in another bureau now, and a bureau that ended."""

    communities: Mapping[str, str]
    ended_bureau_id: str
    into_bureau_id: str
    by: Doer
    cause: str


@dataclass(frozen=True, slots=True)
class WorkHandedOver:
    """Somebody's open tasks go to somebody else: those of some communities, or all."""

    from_number: str
    to_number: str
    community_ids: tuple[str, ...]
    by: Doer
    cause: str
