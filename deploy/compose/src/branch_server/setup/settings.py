"""What the one-shot containers are told by their environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHARED = Path("/setup")
"""A volume that Keycloak reads: its configuration and the realm."""


@dataclass(frozen=True)
class Settings:
    """Addresses, and the folder with one folder of secrets a part."""

    secrets_dir: Path
    public_url: str
    gateway: str
    subnet: str
    demo: bool
    tls_dir: str

    def secret(self, part: str, name: str) -> str:
        """Reads a secret of a part; an empty or missing one ends the process with what to do."""
        file = self.secrets_dir / part / name
        try:
            value = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SystemExit(f"setup: {file} cannot be read ({error.strerror}); `make secrets` writes it") from error
        if not value:
            raise SystemExit(f"setup: {file} is empty; `make secrets` writes it")
        return value


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the environment."""
    return Settings(
        secrets_dir=Path(environment["CRM_SECRETS_DIR"]),
        public_url=environment.get("CRM_PUBLIC_URL", "").rstrip("/"),
        gateway=environment.get("CRM_GATEWAY_INSIDE", "http://gateway:8080"),
        subnet=environment.get("CRM_SUBNET", ""),
        demo=bool(environment.get("CRM_DEMO")),
        tls_dir=environment.get("CRM_TLS_DIR", ""),
    )
