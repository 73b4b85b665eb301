"""The environment, typed and frozen. Secrets come from files, never from environment values."""

import ssl
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

from chassis import tls

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """What every process of the suite needs to know. Each name is an environment variable with `CRM_` in front."""

    model_config = SettingsConfigDict(env_prefix="CRM_", frozen=True, extra="ignore")

    nats_url: str
    issuer: str
    jwks_url: str
    token_url: str
    client_id: str
    secrets_dir: Path
    home_dir: Path
    grpc_host: str = "127.0.0.1"
    grpc_port: int
    database_url: str = ""
    database_pool: int = 8
    # Megabytes of the disk under CRM_HOME_DIR that are not for changes (room.py); 0: no reserve.
    disk_reserve: int = 256
    # A folder with ca.crt, tls.crt and tls.key: every connection between parts is mutual TLS. Empty: plain, for loopback.
    tls_dir: str = ""
    otlp_endpoint: str = ""
    trace_ratio: float = 1.0
    # Said with every trace, figure and line of a log; an image knows it.
    version: str = ""
    zone: str = "Asia/Shanghai"
    log_level: str = "info"

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except ZoneInfoNotFoundError as error:
            raise ValueError("no such time zone; use a name such as Asia/Shanghai") from error
        return value

    @property
    def branch_zone(self) -> ZoneInfo:
        """The zone in which the branch's business day is counted."""
        return ZoneInfo(self.zone)

    @property
    def certificates(self) -> tls.Certificates | None:
        """This process's certificates for the other parts; None where parts talk in plain words over loopback."""
        return tls.of(self.tls_dir) if self.tls_dir else None

    @property
    def authority(self) -> str:
        """The file of our own authority; empty where there is none."""
        return str(Path(self.tls_dir) / "ca.crt") if self.tls_dir else ""

    @property
    def trust(self) -> ssl.SSLContext:
        """What web servers of our own (Keycloak) are verified with: the public authorities and ours."""
        return tls.trusted(self.tls_dir)

    def secret(self, name: str) -> str:
        """Reads a secret from its file; an empty or missing one is refused."""
        path = self.secrets_dir / name
        try:
            value = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SystemExit(f"settings: the secret file {path} cannot be read: {error.strerror}") from error
        if not value:
            raise SystemExit(f"settings: the secret file {path} is empty")
        return value

    def database(self) -> URL:
        """Answers the database address with the password from its file."""
        url = make_url(self.database_url)
        if url.password is not None:
            raise SystemExit(
                "settings: CRM_DATABASE_URL must not carry a password; put it into the secret file database_password"
            )
        url = url.set(password=self.secret("database_password"))
        if not self.tls_dir or not url.drivername.startswith("postgresql"):
            return url
        # libpq reads the files at every connection, so a renewed certificate needs nothing from us.
        folder = Path(self.tls_dir)
        files = {"sslrootcert": "ca.crt", "sslcert": "tls.crt", "sslkey": "tls.key"}
        places = {name: str(folder / file) for name, file in files.items()}
        return url.update_query_dict({"sslmode": "verify-full", **places})


def load(kind: type[S], **overrides: Any) -> S:
    """Reads the settings or ends the process with one line a person can act on."""
    try:
        return kind(**overrides)
    except ValidationError as error:
        wrong = "; ".join(f"{_variable(e['loc'])}{e['msg']}" for e in error.errors())
        raise SystemExit(f"settings: {wrong}") from error


def _variable(place: tuple[int | str, ...]) -> str:
    """Names the variable a complaint is about; one about several settings together names them itself."""
    return f"CRM_{str(place[0]).upper()}: " if place else ""
