"""The environment of the customer service."""

from pydantic import Field

from chassis.settings import Settings


class CustomerSettings(Settings):
    """What the customer service needs besides what every service needs."""

    import_max_bytes: int = Field(default=1024 * 1024 * 1024, gt=0)
    """Largest file taken in."""
