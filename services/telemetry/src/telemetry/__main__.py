"""Starts telemetry: settings → wiring → serve."""

import time
from importlib import import_module
from pathlib import Path

from crm.operations.v1 import dead_letters_pb2
from crm.telemetry.v1 import telemetry_pb2, telemetry_pb2_grpc

from chassis import service, settings
from chassis.service import Service, Servicer, Wired, Work
from telemetry.messaging.publish import encode
from telemetry.rpc.servicer import TelemetryServicer
from telemetry.running import Running, build
from telemetry.sending.post import Way
from telemetry.sending.webhook import Webhook
from telemetry.settings import TelemetrySettings
from telemetry.storage.tables import plumbing

MIGRATIONS = Path(__file__).parents[2] / "migrations"
_running: dict[int, Running] = {}


def _ways(found: TelemetrySettings) -> dict[str, Way]:
    ways: dict[str, Way] = {}
    if found.alert_webhook_url:
        ways["webhook"] = Webhook(found.alert_webhook_url, found.optional_secret("alert_webhook_token"))
    if found.alert_mail_url and found.mail_to:
        # Loaded where it is wanted: mail costs memory that most branches can spare.
        mail = import_module("telemetry.sending.mail")
        password = found.optional_secret("alert_mail_password")
        sender = found.alert_mail_from or found.mail_to[0]
        ways["mail"] = mail.Mail(found.alert_mail_url, sender, found.mail_to, found.alert_mail_user, password)
    return ways


def _run(wired: Wired) -> Running:
    """The one that runs: calls ask it, the background runs it."""
    if id(wired) not in _running:
        found: TelemetrySettings = wired.settings
        _running[id(wired)] = build(found, wired.database, wired.bus, wired.clock, _ways(found), time.monotonic)
    return _running[id(wired)]


def _servicers(wired: Wired) -> list[Servicer]:
    servicer = TelemetryServicer(wired.database, _run(wired), wired.clock)
    return [(telemetry_pb2_grpc.add_TelemetryServiceServicer_to_server, servicer)]


def _background(wired: Wired) -> list[Work]:
    running = _run(wired)
    return [
        running.endpoint.run,
        running.keeper.run,
        running.watching.run,
        running.surroundings.run,
        running.post.run,
    ]


def main() -> None:
    """Run the service until it is told to stop."""
    found = settings.load(TelemetrySettings)
    service.main(
        Service(
            name="telemetry",
            # It follows the decision of whoever calls it, and begins no trace itself: writing one would be the next.
            settings=found.model_copy(update={"trace_ratio": 0.0}),
            plumbing=plumbing,
            migrations=MIGRATIONS,
            encode=encode,
            # Every service answers for its own dead letters; the form is declared once, here.
            contracts=(telemetry_pb2.DESCRIPTOR, dead_letters_pb2.DESCRIPTOR),
            servicers=_servicers,
            background=_background,
        )
    )


if __name__ == "__main__":
    main()
