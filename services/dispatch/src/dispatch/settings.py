"""The environment of dispatch, typed and frozen."""

from pathlib import Path

from pydantic import Field, field_validator

from chassis.settings import Settings


class DispatchSettings(Settings):
    """What dispatch needs besides what every service does."""

    upstream_customer: str = "127.0.0.1:8092"
    upstream_support: str = "127.0.0.1:8095"
    # `system=url` pairs, separated by commas or spaces: where outcomes are written back to.
    write_back_urls: str = ""
    # How long a write-back is tried before it waits for an operator.
    write_back_give_up_seconds: float = Field(default=24 * 3600, gt=0)
    # Time the look-up of owners may take before an order is taken in without them.
    owner_lookup_seconds: float = 0.8
    overdue_seconds: float = 15.0

    @field_validator("write_back_urls")
    @classmethod
    def _readable(cls, value: str) -> str:
        read_urls(value)
        return value

    @property
    def write_back_targets(self) -> dict[str, str]:
        """Address of each system outcomes are written back to."""
        return read_urls(self.write_back_urls)

    def write_back_key(self, system: str) -> str:
        """The key a system wants to see, or nothing when it wants none."""
        path = self.secrets_dir / f"write_back_{Path(system).name}"
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def read_urls(text: str) -> dict[str, str]:
    """Reads `system=url` pairs. Raises `ValueError` with what is wrong."""
    targets: dict[str, str] = {}
    for pair in text.replace(",", " ").split():
        system, _, url = pair.partition("=")
        if not system or not url.startswith(("http://", "https://")):
            raise ValueError(f"`{pair}` is not of the form system=http://…")
        targets[system] = url
    return targets
