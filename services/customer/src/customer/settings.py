"""The environment of the customer service."""

from pydantic import Field

from chassis.settings import Settings


class CustomerSettings(Settings):
    """What the customer service needs besides what every service needs."""

    upstream_support: str = "127.0.0.1:8095"
    """Where disclosures are asked for."""
    import_max_bytes: int = Field(default=1024 * 1024 * 1024, gt=0)
    """Largest file taken in."""
