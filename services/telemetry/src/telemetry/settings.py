"""What telemetry is told by its environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import field_validator

from chassis.settings import Settings
from telemetry.storage.retention import Limits


class TelemetrySettings(Settings):
    """The settings of every service; where telemetry arrives, what is kept, who is watched, and how alerts leave."""

    otlp_host: str = "127.0.0.1"
    otlp_port: int = 4317
    # Everything that arrives is also passed on to this collector, untouched.
    otlp_forward: str = ""
    # Parts that are missed when they say nothing, separated by commas.
    parts: str = "gateway,dispatch,customer,support"
    # Every trace with an error or a step of this length is kept, and this share of the rest.
    slow_ms: float = 500.0
    trace_share: float = 0.02
    keep_days: float = 7.0
    keep_figures_days: float = 30.0
    keep_mib: int = 1024
    # `part=folder`, separated by commas: disks whose free space is watched.
    watch_disks: str = ""
    # `part=file`, separated by commas: certificates of parts that do not tell of their own.
    watch_certificates: str = ""
    # True where a backup must be there: without one it is an alert.
    backup_expected: bool = False
    # Alerts are posted here as JSON; a secret file `alert_webhook_token` becomes the bearer token.
    alert_webhook_url: str = ""
    # smtp://host:25 or smtps://host:465; a secret file `alert_mail_password` signs in as `alert_mail_user`.
    alert_mail_url: str = ""
    alert_mail_from: str = ""
    alert_mail_to: str = ""
    alert_mail_user: str = ""

    @field_validator("watch_disks", "watch_certificates")
    @classmethod
    def _are_pairs(cls, value: str) -> str:
        if any("=" not in each for each in _listed(value)):
            raise ValueError("must be part=path, separated by commas, such as postgres=/var/lib/postgresql")
        return value

    @field_validator("trace_share")
    @classmethod
    def _is_a_share(cls, value: float) -> float:
        if not 0 <= value <= 1:
            raise ValueError("must lie between 0 and 1")
        return value

    @field_validator("alert_webhook_url", "otlp_forward")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must be an http or https address")
        return value

    @field_validator("alert_mail_url")
    @classmethod
    def _is_a_mail_server(cls, value: str) -> str:
        if value and not value.startswith(("smtp://", "smtps://")):
            raise ValueError("must be smtp://host:port or smtps://host:port")
        return value

    @property
    def limits(self) -> Limits:
        """What is kept at most."""
        return Limits(timedelta(days=self.keep_days), timedelta(days=self.keep_figures_days), self.keep_mib << 20)

    @property
    def watched_parts(self) -> tuple[str, ...]:
        """The parts that are missed when they say nothing."""
        return tuple(_listed(self.parts))

    @property
    def disks(self) -> dict[str, Path]:
        """The disks that are watched; always the one of our own folder."""
        return {"telemetry": self.home_dir, **_pairs(self.watch_disks)}

    @property
    def certificate_files(self) -> dict[str, Path]:
        """The certificates that are watched for others."""
        return _pairs(self.watch_certificates)

    @property
    def mail_to(self) -> list[str]:
        """Who is told by mail."""
        return _listed(self.alert_mail_to)

    @property
    def sent_elsewhere(self) -> str:
        """The endpoint that everybody sends to instead of us; empty when that is us."""
        return "" if self.otlp_endpoint.rstrip("/").endswith(f":{self.otlp_port}") else self.otlp_endpoint

    def optional_secret(self, name: str) -> str:
        """Read a secret that may be left out."""
        return self.secret(name) if (self.secrets_dir / name).exists() else ""


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _pairs(text: str) -> dict[str, Path]:
    return {part: Path(path) for part, _, path in (each.partition("=") for each in _listed(text))}
