"""The gateway's environment. What is derived below need not be set; everything else is `CRM_` and the name in capitals."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import Settings
from chassis.tls import Certificates, Files

_KEYCLOAK_FOLDER = "/auth/realms/"
_PORTAL = Path(__file__).resolve().parents[2] / "portal" / "dist"


def _is_address(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class GatewaySettings(Settings):
    """What the gateway needs besides what every process needs."""

    # CRM_UPSTREAM_DISPATCH=127.0.0.1:8091 becomes upstream["dispatch"]: a new service is one more variable.
    model_config = SettingsConfigDict(
        env_prefix="CRM_", frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    http_host: str = "127.0.0.1"
    http_port: int = 8080
    # The certificate that browsers and external systems see (PEM, whole chain) and its key. Empty: plain HTTP.
    https_cert: str = ""
    https_key: str = ""
    # Where browsers and external systems reach us; the issuer lies below it. Derived from the issuer when empty.
    public_url: str = ""
    # Where Keycloak really listens. Derived from the address of its keys when empty.
    keycloak_url: str = ""
    upstream: dict[str, str] = Field(min_length=1)
    portal_dir: Path = _PORTAL

    # A file of this process alone, written once it serves. Set: the gateway before us may still listen on the same ports.
    handover: Path | None = None

    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=12)
    sign_in_within: timedelta = timedelta(minutes=10)

    body_limit: int = 4 * 1024 * 1024
    upload_limit: int = 2 * 1024 * 1024 * 1024
    call_seconds: float = 10.0
    call_seconds_most: float = 30.0
    # Proxies in front of us whose X-Forwarded-For is believed; empty: the peer is the client.
    trusted_proxies: frozenset[str] = frozenset()

    @field_validator("issuer")
    @classmethod
    def _issuer_is_a_realm(cls, value: str) -> str:
        if _KEYCLOAK_FOLDER not in value or not _is_address(value):
            raise ValueError("must end in /auth/realms/<realm>: the gateway passes that folder on to Keycloak")
        return value.rstrip("/")

    @field_validator("public_url", "keycloak_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not _is_address(value):
            raise ValueError("must be an http or https address")
        return value

    @model_validator(mode="after")
    def _https_is_whole(self) -> "GatewaySettings":
        if bool(self.https_cert) != bool(self.https_key):
            raise ValueError("CRM_HTTPS_CERT and CRM_HTTPS_KEY belong together; set both or neither")
        if self.https_cert and not self.secure:
            raise ValueError(f"CRM_PUBLIC_URL is {self.origin}, but with CRM_HTTPS_CERT it must begin with https://")
        return self

    @cached_property
    def https(self) -> Certificates | None:
        """The certificate that the world outside the branch's server sees; None where we answer in plain HTTP."""
        return Certificates(Files(Path(self.https_cert), Path(self.https_key))) if self.https_cert else None

    @property
    def origin(self) -> str:
        """Scheme and host of the public address, as browsers write it into `Origin`."""
        return _origin(self.public_url or self.issuer)

    @property
    def secure(self) -> bool:
        """True where the public address is https."""
        return self.origin.startswith("https://")

    @property
    def keycloak(self) -> str:
        """Where Keycloak really listens."""
        return _origin(self.keycloak_url or self.jwks_url)

    @property
    def realm_path(self) -> str:
        """Path of the realm, such as `/auth/realms/crm`."""
        return urlsplit(self.issuer).path
