"""Starts the customer service: settings → wiring → serve."""

from dataclasses import dataclass
from pathlib import Path

from crm.access.v1 import probe_pb2_grpc
from crm.customer.v1 import customer_pb2, customer_pb2_grpc

from chassis import service, settings
from chassis.disclosure import Disclosures
from chassis.exports import Exports
from chassis.probe import ProbeServicer
from chassis.service import Service, Servicer, Wired
from customer.imports.spool import Spool
from customer.imports.worker import ImportWorker
from customer.messaging.directory import UNITS_KEY, Directory
from customer.messaging.extra_fields import ExtraFields
from customer.messaging.publish import encode
from customer.messaging.subscribe import subscriptions
from customer.rpc.servicer import CustomerServicer
from customer.rpc.taking_out import probed, sources
from customer.settings import CustomerSettings
from customer.storage import tables
from customer.storage.counts import count_rows

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True)
class Parts:
    """What is built once and used by calls, subscriptions and background work alike."""

    imports: ImportWorker
    exports: Exports


def main() -> None:
    """Runs the service until it is told to stop."""
    built: list[Parts] = []

    def parts(wired: Wired) -> Parts:
        if not built:
            built.append(_parts(wired))
        return built[0]

    service.main(
        Service(
            name="customer",
            settings=settings.load(CustomerSettings),
            plumbing=tables.plumbing,
            migrations=MIGRATIONS,
            encode=encode,
            contracts=(customer_pb2.DESCRIPTOR,),
            servicers=lambda wired: _servicers(wired, parts(wired)),
            subscriptions=lambda wired: subscriptions(parts(wired).exports),
            background=lambda wired: [parts(wired).imports.run, parts(wired).exports.run],
        )
    )


def _parts(wired: Wired) -> Parts:
    settings: CustomerSettings = wired.settings
    directory = Directory(wired.documents)
    wired.documents.on_change("person.", directory.forget)
    wired.documents.on_change(UNITS_KEY, directory.forget)
    spool = Spool(settings.home_dir / "imports", settings.import_max_bytes)
    disclosures = Disclosures(wired.channel(settings.upstream_support))
    extras = ExtraFields(wired.documents).known
    return Parts(
        ImportWorker(wired.database, directory.organisation, spool, settings.zone, extras=extras),
        Exports(
            wired.database,
            wired.access,
            tables.exports,
            disclosures,
            sources(extras),
            settings.home_dir / "exports",
            "customer",
        ),
    )


def _servicers(wired: Wired, parts: Parts) -> list[Servicer]:
    servicer = CustomerServicer(
        wired.database,
        parts.imports,
        wired.settings.branch_zone,
        wired.access,
        parts.exports.disclosures,
        parts.exports,
        ExtraFields(wired.documents).known,
    )
    probe = ProbeServicer(
        wired.database, wired.access, wired.forms, probed(ExtraFields(wired.documents).known), count_rows
    )
    return [
        (customer_pb2_grpc.add_CustomerServiceServicer_to_server, servicer),
        (probe_pb2_grpc.add_AccessProbeServiceServicer_to_server, probe),
    ]


if __name__ == "__main__":
    main()
