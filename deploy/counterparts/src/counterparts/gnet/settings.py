"""What the program is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where to listen, where the gateway is, who we are there, and how lively the demo is."""

    host: str
    port: int
    gateway_url: str
    token_url: str
    client_id: str
    secrets_dir: Path
    home_dir: Path
    customers: int
    first_orders: int
    minutes_between_orders: float

    @property
    def client_secret(self) -> str:
        """The secret of our client at the identity provider."""
        return (self.secrets_dir / "client_secret").read_text(encoding="utf-8").strip()

    @property
    def write_back_token(self) -> str:
        """What the branch's system must present with a write-back; empty when no such file was given to us."""
        path = self.secrets_dir / "write_back_token"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings, or end with one line that says what is missing."""
    missing = [
        name
        for name in ("CRM_GATEWAY_URL", "CRM_TOKEN_URL", "CRM_SECRETS_DIR", "CRM_HOME_DIR")
        if name not in environment
    ]
    if missing:
        raise SystemExit(f"settings: missing {', '.join(missing)}")
    return Settings(
        host=environment.get("CRM_HTTP_HOST", "127.0.0.1"),
        port=int(environment.get("CRM_HTTP_PORT", "8086")),
        gateway_url=environment["CRM_GATEWAY_URL"].rstrip("/"),
        token_url=environment["CRM_TOKEN_URL"],
        client_id=environment.get("CRM_CLIENT_ID", "gnet-crm"),
        secrets_dir=Path(environment["CRM_SECRETS_DIR"]),
        home_dir=Path(environment["CRM_HOME_DIR"]),
        customers=int(environment.get("CRM_DEMO_CUSTOMERS", "20000")),
        first_orders=int(environment.get("CRM_FIRST_ORDERS", "60")),
        minutes_between_orders=float(environment.get("CRM_ORDER_MINUTES", "4")),
    )
