"""Starts support: settings → wiring → serve."""

from pathlib import Path

from crm.support.v1 import support_pb2_grpc

from chassis import service, settings
from chassis.service import Service, Servicer, Wired, Work
from support.messaging.documents import Publisher
from support.messaging.publish import encode
from support.messaging.subscribe import subscriptions
from support.rpc.servicer import SupportServicer
from support.settings import SupportSettings
from support.storage.schema import metadata, plumbing

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def _servicers(wired: Wired) -> list[Servicer]:
    servicer = SupportServicer(wired.database, wired.clock, wired.settings.branch_zone)
    return [(support_pb2_grpc.add_SupportServiceServicer_to_server, servicer)]


def _background(wired: Wired) -> list[Work]:
    publisher = Publisher(
        wired.database,
        wired.documents,
        wired.clock,
        wired.settings.branch_zone,
        publish_seconds=wired.settings.publish_seconds,
        repair_seconds=wired.settings.repair_seconds,
    )
    return [publisher.run]


def main() -> None:
    """Run the service until it is told to stop."""
    service.main(
        Service(
            name="support",
            settings=settings.load(SupportSettings),
            metadata=metadata,
            plumbing=plumbing,
            migrations=MIGRATIONS,
            encode=encode,
            servicers=_servicers,
            subscriptions=lambda _: subscriptions(),
            background=_background,
        )
    )


if __name__ == "__main__":
    main()
