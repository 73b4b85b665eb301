"""A small branch with its archive, and short ways to put things into it and look at them."""

import csv
import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy
import xlsxwriter
from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2
from sqlalchemy import select

from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.identity import Actor, service_actor
from chassis.ids import new_id
from customer.actions.claim_import import claim_import
from customer.actions.start_import import Upload, start_import
from customer.domain.extra import NO_EXTRAS, Extras
from customer.domain.import_job import ImportForm, ImportJob
from customer.imports.spool import Spool
from customer.imports.worker import LEASE, ImportWorker
from customer.messaging.directory import UNITS_KEY, Directory

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
B1, B2 = "0190a000-0000-7000-8000-0000000000b1", "0190a000-0000-7000-8000-0000000000b2"
C1, C2, C3 = (f"0190a000-0000-7000-8000-0000000000c{n}" for n in (1, 2, 3))
SEE, CREATE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CREATE, access_pb2.ACTION_CHANGE
IMPORT = access_pb2.ACTION_IMPORT
OWN, BUREAU, ALL = access_pb2.ROW_SCOPE_OWN, access_pb2.ROW_SCOPE_BUREAU, access_pb2.ROW_SCOPE_ALL

M1 = Actor("person", "m001", "王敏", frozenset({"customer_manager"}), "10.0.0.1", frozenset({B1}), frozenset({C1}))
M2 = Actor("person", "m002", "李强", frozenset({"customer_manager"}), "10.0.0.2", frozenset({B2}), frozenset({C3}))
SEAT = Actor("person", "z01", "赵静", frozenset({"seat_manager"}), "10.0.0.3")
CHIEF1 = Actor("person", "c01", "周海", frozenset({"bureau_chief"}), "10.0.0.4", frozenset({B1}))
CHIEF2 = Actor("person", "c02", "吴江", frozenset({"bureau_chief"}), "10.0.0.5", frozenset({B2}))
CLERK = Actor("person", "admin", "何静", frozenset({"clerk"}), "10.0.0.6")
IMPORTER = Actor("system", "ods-files", "ods-files", frozenset({"importer"}), "10.0.1.1")
DISPATCH = service_actor("dispatch")
PEOPLE = (M1, M2, SEAT, CHIEF1, CHIEF2, CLERK)

_ARCHIVE = ("customer.customer", "customer.appointment", "customer.owner")
_GRANTS = (
    *(("customer_manager", form, (SEE, CREATE, CHANGE), OWN) for form in _ARCHIVE[:2]),
    *(("seat_manager", form, (SEE, CHANGE), OWN) for form in _ARCHIVE[:2]),
    *(("bureau_chief", form, (SEE, CREATE, CHANGE), BUREAU) for form in _ARCHIVE),
    *(("clerk", form, (SEE, CREATE, CHANGE), ALL) for form in _ARCHIVE),
    ("importer", "customer.import", (SEE, IMPORT), OWN),
    ("clerk", "customer.import", (SEE, IMPORT), ALL),
    ("service", "customer.owner", (SEE,), ALL),
)

# Who keeps a customer must call and find it.
_CALLING = {"customer_manager", "seat_manager", "clerk"}
_OPEN = [
    access_pb2.ColumnRule(column=column, right=access_pb2.COLUMN_RIGHT_WRITE)
    for column in (
        "phone",
        "address",
        "contact_phone",
        "place",
        "contacts.phone",
        "addresses.text",
        "subscribers.number",
    )
]


@dataclass
class Papers:
    """Published documents, in memory."""

    held: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def get(self, key: str, /) -> bytes | None:
        return self.held.get(key)

    def keys(self, prefix: str = "") -> list[str]:
        return [key for key in self.held if key.startswith(prefix)]

    def publish_all(self) -> None:
        grants = [
            access_pb2.Grant(role=r, form=f, actions=a, scope=s, columns=_OPEN if r in _CALLING else ())
            for r, f, a, s in _GRANTS
        ]
        self.held["access.grants"] = access_pb2.GrantsDocument(version=1, grants=grants).SerializeToString()
        self.held[UNITS_KEY] = support_pb2.UnitsDocument(version=1, units=list(_units())).SerializeToString()
        for actor in PEOPLE:
            self.held[f"person.{actor.id}"] = person_pb2.PersonDocument(
                staff_number=actor.id,
                name=actor.name,
                active=True,
                roles=sorted(actor.roles),
                bureau_ids=sorted(actor.bureau_ids),
                community_ids=sorted(actor.community_ids),
            ).SerializeToString()


def _units() -> Iterable[support_pb2.Unit]:
    unit, bureau, community = support_pb2.Unit, support_pb2.UNIT_KIND_BUREAU, support_pb2.UNIT_KIND_COMMUNITY
    yield unit(id=B1, code="B01", name="鼓楼局", kind=bureau)
    yield unit(id=B2, code="B02", name="临江局", kind=bureau)
    yield unit(id=C1, code="B01-C01", name="翠湖社区", kind=community, parent_id=B1)
    yield unit(id=C2, code="B01-C02", name="翠湖社区南苑", kind=community, parent_id=B1)
    yield unit(id=C3, code="B02-C01", name="临江社区", kind=community, parent_id=B2)


@dataclass
class World:
    """The service below its door."""

    database: Database
    clock: FixedClock
    papers: Papers
    directory: Directory
    worker: ImportWorker
    folder: Path

    def run(self, actor: Actor, action: Callable[..., T], *args: object, **kwargs: object) -> T:
        return self.database.run_sync(actor, action, *args, **kwargs)

    def rows(self, table: sqlalchemy.Table, *order: Any) -> list[sqlalchemy.Row[tuple[Any, ...]]]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*(order or list(table.primary_key.columns)))))

    def customers(self, *rows: dict[str, str]) -> ImportJob:
        """Brings customers in by a file, as everybody must."""
        return self.load("customer", [customer_row(**row) for row in rows])

    def start_by(self, actor: Actor, name: str, rows: list[dict[str, str]]) -> ImportJob:
        """Somebody who may hands in a file of customers."""
        may = replace(actor, roles=actor.roles | {"importer"})
        return self.start(write_csv(self.folder / name, rows), by=may)

    def load(self, form: str, rows: list[dict[str, str]], *, encoding: str = "utf-8") -> ImportJob:
        path = write_csv(self.folder / "in.csv", rows, encoding=encoding)
        return self.load_file(path, form)

    def load_file(self, path: Path, form: str = "customer") -> ImportJob:
        return self.take_up(self.start(path, form))

    def take_up(self, job: ImportJob) -> ImportJob:
        """The loader takes the file that waits."""
        claimed = self.run(IMPORTER, claim_import, self.worker.holder, LEASE)
        assert claimed is not None
        assert claimed.id == job.id
        self.worker.load(claimed)
        return self.job(job.id)

    def start(self, path: Path, form: str = "customer", by: Actor = IMPORTER) -> ImportJob:
        job_id = new_id()
        self.worker.spool.folder.mkdir(exist_ok=True)
        self.worker.spool.data(job_id).write_bytes(path.read_bytes())
        upload = Upload(job_id, job_id, ImportForm(form), path.name, job_id)
        return self.run(by, start_import, upload)

    def job(self, job_id: str) -> ImportJob:
        def find(unit: Unit) -> ImportJob:
            return unit.session.get_one(ImportJob, job_id)

        return self.run(IMPORTER, find)

    def errors(self, job: ImportJob) -> list[list[str]]:
        """The error file, header first."""
        with self.worker.spool.errors(job.id).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))


def another_worker(world: World) -> ImportWorker:
    """A second process's loader on the same database and files."""
    return dataclasses.replace(world.worker, holder=new_id())


def make_worker(
    database: Database, directory: Directory, folder: Path, extras: Callable[[], Extras] = lambda: NO_EXTRAS
) -> ImportWorker:
    spool = Spool(folder / "imports", 64 * 1024 * 1024)
    return ImportWorker(database, directory.organisation, spool, "Asia/Shanghai", extras=extras)


def counts(job: ImportJob) -> tuple[str, int, int, int, int, int]:
    assert job.state != "done" or job.read == job.created + job.updated + job.skipped + job.failed
    return str(job.state), job.read, job.created, job.updated, job.skipped, job.failed


def customer_row(**changes: str) -> dict[str, str]:
    return {
        "customer_number": "C0001",
        "kind": "household",
        "group": "public",
        "name": "张伟",
        "phone": "13800000001",
        "community": "B01-C01",
        "owner_number": "m001",
        "seat_number": "",
        "birthday": "1980-05-12",
        "birthday_calendar": "solar",
        "address": "云州市翠湖社区1栋101",
        "joined_on": "2020-01-02",
        "id_card": "620101198005120011",
        **changes,
    }


def write_csv(path: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path
