"""Starts the customer service: settings → wiring → serve."""

from pathlib import Path

from crm.customer.v1 import customer_pb2, customer_pb2_grpc

from chassis import service, settings
from chassis.service import Service, Servicer, Wired, Work
from customer.imports.spool import Spool
from customer.imports.worker import ImportWorker
from customer.messaging.directory import UNITS_KEY, Directory
from customer.messaging.publish import encode
from customer.rpc.servicer import CustomerServicer
from customer.settings import CustomerSettings
from customer.storage.tables import metadata, plumbing

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    """Runs the service until it is told to stop."""
    workers: list[ImportWorker] = []
    service.main(
        Service(
            name="customer",
            settings=settings.load(CustomerSettings),
            metadata=metadata,
            plumbing=plumbing,
            migrations=MIGRATIONS,
            encode=encode,
            contracts=(customer_pb2.DESCRIPTOR,),
            servicers=lambda wired: _servicers(wired, workers),
            background=lambda _: _background(workers),
        )
    )


def _servicers(wired: Wired, workers: list[ImportWorker]) -> list[Servicer]:
    settings = wired.settings
    directory = Directory(wired.documents)
    wired.documents.on_change("person.", directory.forget)
    wired.documents.on_change(UNITS_KEY, directory.forget)
    spool = Spool(settings.home_dir / "imports", settings.import_max_bytes)
    workers.append(ImportWorker(wired.database, directory.organisation, spool, settings.zone))
    servicer = CustomerServicer(wired.database, workers[0], settings.branch_zone, wired.access)
    return [(customer_pb2_grpc.add_CustomerServiceServicer_to_server, servicer)]


def _background(workers: list[ImportWorker]) -> list[Work]:
    return [worker.run for worker in workers]


if __name__ == "__main__":
    main()
