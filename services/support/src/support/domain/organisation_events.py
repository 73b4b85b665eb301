"""Facts that the organisation announces."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did something."""

    kind: str
    id: str
    name: str
    ip: str = ""


@dataclass(frozen=True, slots=True)
class UnitsMoved:
    """Units changed their bureau; `communities` are pairs of a community and the bureau it lies in now."""

    communities: tuple[tuple[str, str], ...]
    ended_bureau_id: str
    into_bureau_id: str
    by: Doer
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class WorkHandedOver:
    """Somebody's customers and open tasks go to somebody else: those of some communities, or all."""

    from_number: str
    to_number: str
    community_ids: tuple[str, ...]
    by: Doer
    at: datetime
    cause: str
