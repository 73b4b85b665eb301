"""Settings → wiring → serve: the only place objects are built."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from crm.access.v1.probe_pb2_grpc import add_AccessProbeServiceServicer_to_server
from crm.dispatch.v1 import dispatch_pb2
from crm.dispatch.v1.dispatch_pb2_grpc import add_DispatchServiceServicer_to_server

from chassis.clock import business_day
from chassis.disclosure import Disclosures
from chassis.exports import Exports
from chassis.nats import On
from chassis.probe import ProbeServicer
from chassis.service import Service, Servicer, Wired, Work, main
from chassis.settings import load
from dispatch import parameters
from dispatch.actions.generate_tasks import Branch
from dispatch.background.daily import DailyGeneration
from dispatch.background.overdue import OverdueWatch
from dispatch.background.placing import LatePlacing
from dispatch.calendars import Calendars
from dispatch.messaging.publish import encode
from dispatch.messaging.subscribe import subscriptions
from dispatch.rpc.given_up import GivenUp
from dispatch.rpc.intake import Intake
from dispatch.rpc.owners import OwnerLookup
from dispatch.rpc.servicer import DispatchServicer
from dispatch.rpc.taking_out import probed, sources
from dispatch.settings import DispatchSettings
from dispatch.storage import tables
from dispatch.storage.counts import count_rows
from dispatch.write_back.worker import Target, workers

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def service(settings: DispatchSettings) -> Service:
    """Describes dispatch to the chassis."""
    built: list[Exports] = []

    def exports(wired: Wired) -> Exports:
        if not built:
            built.append(_exports(wired))
        return built[0]

    return Service(
        name="dispatch",
        settings=settings,
        plumbing=tables.plumbing,
        migrations=MIGRATIONS,
        encode=encode,
        contracts=(dispatch_pb2.DESCRIPTOR,),
        parameters=parameters.DECLARED,
        reads=parameters.READ,
        servicers=lambda wired: _servicers(wired, exports(wired)),
        subscriptions=lambda wired: _subscriptions(wired, exports(wired)),
        background=lambda wired: _background(wired, exports(wired)),
        letters=lambda _: [GivenUp(settings.write_back_targets)],
    )


def _branch(wired: Wired) -> Callable[[], Branch]:
    zone = wired.settings.branch_zone
    calendars = Calendars(wired.documents, zone, wired.parameters)
    return lambda: calendars.branch(business_day(wired.clock.now(), zone))


def _owners(wired: Wired) -> OwnerLookup:
    return OwnerLookup(wired.channel(wired.settings.upstream_customer), wired.settings.owner_lookup_seconds)


def _exports(wired: Wired) -> Exports:
    settings: DispatchSettings = wired.settings
    disclosures = Disclosures(wired.channel(settings.upstream_support))
    taken_out = sources(settings.branch_zone)
    folder = settings.home_dir / "exports"
    return Exports(wired.database, wired.access, tables.exports, disclosures, taken_out, folder, "dispatch")


def _servicers(wired: Wired, exports: Exports) -> list[Servicer]:
    branch = _branch(wired)
    intake = Intake(wired.database, _owners(wired), branch)
    targets = wired.settings.write_back_targets
    servicer = DispatchServicer(wired.database, wired.access, wired.clock, branch, intake, exports, targets)
    probe = ProbeServicer(wired.database, wired.access, wired.forms, probed(wired.settings.branch_zone), count_rows)
    return [
        (add_DispatchServiceServicer_to_server, servicer),
        (add_AccessProbeServiceServicer_to_server, probe),
    ]


def _subscriptions(wired: Wired, exports: Exports) -> list[On[Any]]:
    return subscriptions(_branch(wired), wired.settings.write_back_targets, exports)


def _background(wired: Wired, exports: Exports) -> list[Work]:
    settings: DispatchSettings = wired.settings
    patience = timedelta(seconds=settings.write_back_give_up_seconds)
    targets = [
        Target(system, url, settings.write_back_key(system), patience)
        for system, url in settings.write_back_targets.items()
    ]
    return [
        DailyGeneration(wired.database, wired.clock, _branch(wired)).run,
        OverdueWatch(wired.database, settings.overdue_seconds).run,
        LatePlacing(wired.database, _owners(wired).find).run,
        exports.run,
        *workers(wired.database, targets),
    ]


if __name__ == "__main__":
    main(service(load(DispatchSettings)))
