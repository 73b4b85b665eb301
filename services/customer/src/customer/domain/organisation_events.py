"""What the organisation announces that concerns the archive."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did it."""

    kind: str
    id: str
    name: str
    ip: str


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
    """Somebody's customers go to somebody else: those of some communities, or all."""

    from_number: str
    to_number: str
    community_ids: tuple[str, ...]
    by: Doer
    cause: str
