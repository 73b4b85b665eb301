"""Where things lie and listen: the folder CRM_HOME and the ports from CRM_PORT up."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from branch_trust.files import write

PROJECT = Path(__file__).parents[4]
DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Ports:
    """Every port of a stack, counted from the gateway's; all on 127.0.0.1."""

    base: int

    @property
    def gateway(self) -> int:
        """HTTP: the one address for people and outsiders."""
        return self.base

    @property
    def keycloak(self) -> int:
        """HTTP: reached through the gateway and by our services."""
        return self.base + 1

    @property
    def keycloak_health(self) -> int:
        """Keycloak's management port."""
        return self.base + 2

    @property
    def postgres(self) -> int:
        """PostgreSQL."""
        return self.base + 3

    @property
    def nats(self) -> int:
        """NATS."""
        return self.base + 4

    @property
    def nats_monitor(self) -> int:
        """NATS: how it is."""
        return self.base + 10

    @property
    def gnet_crm(self) -> int:
        """The older system's own door."""
        return self.base + 6

    @property
    def resources(self) -> int:
        """Older web site: resource management, by OpenID Connect. The three are one process."""
        return self.base + 7

    @property
    def billing(self) -> int:
        """Older web site: billing enquiry, by SAML."""
        return self.base + 8

    @property
    def complaints(self) -> int:
        """Older web site: complaint handling, by name and password."""
        return self.base + 9

    @property
    def otlp(self) -> int:
        """Where traces, metrics and logs arrive."""
        return self.base + 17


@dataclass(frozen=True)
class Home:
    """The folder that holds everything a stack keeps."""

    root: Path
    cache: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Take CRM_HOME (else `.local` in the project); CRM_CACHE may share downloads between several stacks."""
        root = Path(os.environ.get("CRM_HOME") or PROJECT / ".local").absolute()
        return cls(root, Path(os.environ.get("CRM_CACHE") or root / "cache").absolute())

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.root / "logs"

    @property
    def state_file(self) -> Path:
        """What runs where, for programs."""
        return self.root / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Held while a stack runs on this folder."""
        return self.root / "lock"

    @property
    def demo_marker(self) -> Path:
        """Written when the demo branch is loaded completely."""
        return self.root / "demo-loaded"

    def data(self, name: str) -> Path:
        """Answer the folder in which a process keeps its data."""
        return self.root / "data" / name

    def secrets(self, name: str) -> Path:
        """Answer the folder with the secrets of one process."""
        return self.root / "secrets" / name

    def make(self) -> None:
        """Create the folders, the secret ones for the owner alone."""
        for folder in (self.root, self.cache, self.logs, self.root / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.root / "secrets").mkdir(mode=0o700, exist_ok=True)


def keep_secret(file: Path, value: str | None = None) -> str:
    """Return the secret in a file; write it there (0600) when it is missing: the value given, else a random one."""
    if file.exists() and (kept := file.read_text(encoding="utf-8").strip()):
        return kept
    # 28 characters: Oracle 19c takes no password of more than 30.
    value = value or secrets.token_urlsafe(21)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, value.encode(), 0o600)
    return value


def sealing_key(key_id: str) -> str:
    """Make a line for a file of sealing keys: an id and 256 random bits."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def pronounceable() -> str:
    """Make a password a person can type from a screen: 40 random bits without look-alikes."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(8))
    return f"crm-{letters[:4]}-{letters[4:]}"
