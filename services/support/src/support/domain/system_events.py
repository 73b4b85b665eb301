"""What happens around older systems, as facts."""

from dataclasses import dataclass
from datetime import datetime

from support.domain.external_system import Outcome


@dataclass(frozen=True, slots=True)
class SystemOpened:
    """A person went to an older system, or tried to. It never says with which name or password."""

    actor_kind: str
    actor_id: str
    actor_name: str
    actor_ip: str
    code: str
    outcome: Outcome
    at: datetime
