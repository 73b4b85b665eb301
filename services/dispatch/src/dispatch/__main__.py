"""Settings → wiring → serve: the only place objects are built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from crm.dispatch.v1 import dispatch_pb2
from crm.dispatch.v1.dispatch_pb2_grpc import add_DispatchServiceServicer_to_server

from chassis.clock import business_day
from chassis.nats import On
from chassis.service import Service, Servicer, Wired, Work, main
from chassis.settings import load
from dispatch.actions.generate_tasks import Branch
from dispatch.background.daily import DailyGeneration
from dispatch.background.overdue import OverdueWatch
from dispatch.background.placing import LatePlacing
from dispatch.calendars import Calendars
from dispatch.messaging.publish import encode
from dispatch.messaging.subscribe import subscriptions
from dispatch.rpc.intake import Intake
from dispatch.rpc.owners import OwnerLookup
from dispatch.rpc.servicer import DispatchServicer
from dispatch.settings import DispatchSettings
from dispatch.storage.tables import metadata, plumbing
from dispatch.write_back.worker import Target, workers

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def service(settings: DispatchSettings) -> Service:
    """Describes dispatch to the chassis."""
    return Service(
        name="dispatch",
        settings=settings,
        metadata=metadata,
        plumbing=plumbing,
        migrations=MIGRATIONS,
        encode=encode,
        contracts=(dispatch_pb2.DESCRIPTOR,),
        servicers=_servicers,
        subscriptions=_subscriptions,
        background=_background,
    )


def _branch(wired: Wired) -> Callable[[], Branch]:
    zone = wired.settings.branch_zone
    calendars = Calendars(wired.documents, zone)
    return lambda: calendars.branch(business_day(wired.clock.now(), zone))


def _owners(wired: Wired) -> OwnerLookup:
    return OwnerLookup(wired.channel(wired.settings.upstream_customer), wired.settings.owner_lookup_seconds)


def _servicers(wired: Wired) -> list[Servicer]:
    branch = _branch(wired)
    intake = Intake(wired.database, _owners(wired), branch)
    servicer = DispatchServicer(wired.database, wired.access, wired.clock, branch, intake)
    return [(add_DispatchServiceServicer_to_server, servicer)]


def _subscriptions(wired: Wired) -> list[On[Any]]:
    return subscriptions(_branch(wired), wired.settings.write_back_targets)


def _background(wired: Wired) -> list[Work]:
    settings: DispatchSettings = wired.settings
    targets = [
        Target(system, url, settings.write_back_key(system)) for system, url in settings.write_back_targets.items()
    ]
    return [
        DailyGeneration(wired.database, wired.clock, _branch(wired)).run,
        OverdueWatch(wired.database, settings.overdue_seconds).run,
        LatePlacing(wired.database, _owners(wired).find).run,
        *workers(wired.database, targets),
    ]


if __name__ == "__main__":
    main(service(load(DispatchSettings)))
