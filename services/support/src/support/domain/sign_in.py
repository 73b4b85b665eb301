"""A stay in the portal."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who was in the portal, from where, since when and until when."""

    id: str
    staff_number: str
    name: str
    ip: str
    user_agent: str
    signed_in_at: datetime
    signed_out_at: datetime | None = None
    ended_by: str = ""
