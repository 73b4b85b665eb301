"""An archive full of distinctive values in every column, and its door: the real service, gate and tokens, no gateway."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm.access.v1 import probe_pb2_grpc
from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_pb2 as pb
from crm.customer.v1 import customer_pb2_grpc
from crm.support.v1 import parameters_pb2
from grpc import aio

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.exports import Exports
from chassis.identity import Actor, TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.probe import ProbeServicer
from customer.domain.import_job import ImportJob
from customer.messaging.directory import Directory
from customer.messaging.extra_fields import KEY, ExtraFields
from customer.messaging.publish import encode
from customer.rpc.servicer import CustomerServicer
from customer.rpc.shown import FORMS
from customer.rpc.taking_out import probed, sources
from customer.storage import tables
from customer.storage.counts import count_rows
from tests import far_support
from tests.chassis.issuer import ISSUER, Issuer
from tests.customer.small_archive import MORNING, ZONE, Papers, World, make_worker
from tests.far_support import FarSupport
from tests.leaks.calling import Called
from tests.leaks.policies import PEOPLE, branch_papers, god, published
from tests.leaks.reading import TODAY, Line, Place, Policy, Somebody

CUSTOMER, APPOINTMENT, OWNER, IMPORT = "customer.customer", "customer.appointment", "customer.owner", "customer.import"
EXTRAS = parameters_pb2.ExtraFieldsDocument(
    version=1,
    fields=[
        parameters_pb2.ExtraField(form=CUSTOMER, name="level", kind="number", title_zh="等级", title_en="Level"),
        parameters_pb2.ExtraField(form=CUSTOMER, name="secret", kind="text", title_zh="密语", title_en="Secret"),
    ],
)
EXTRA_COLUMNS = tuple(f"extra.{field.name}" for field in EXTRAS.fields)
COLUMNS = (
    *(path for form in (CUSTOMER, APPOINTMENT) for path in FORMS.by_name[form].columns),
    *("subscribers", "accounts", "contacts"),
    *EXTRA_COLUMNS,
)
SENSITIVE = tuple(
    (form, path)
    for form in (CUSTOMER, APPOINTMENT)
    for path, column in FORMS.by_name[form].columns.items()
    if column.sensitivity
)
IMPORTER = Line("importer", IMPORT, frozenset(range(1, 9)), 4)
NAMES = ("欧阳锋", "单雄信", "费无忌", "令狐冲", "慕容复", "段正淳", "郭襄阳", "木婉清")
OWNERS = (("m001", ""), ("m002", "z01"), ("z01", "m001"), ("c01", ""), ("m001", "z01"), ("d01", "m002"), ("b01", ""), ("m002", ""))  # fmt: skip
COMMUNITIES = ("U3", "U5", "U4", "U3", "U5", "U4", "U3", "U5")


@dataclass
class Archive:
    """The archive, how it is called, and what one who sees everything is shown."""

    world: World
    issuer: Issuer
    channel: aio.Channel
    exports: Exports
    support: FarSupport
    truth: dict[str, pb.GetCustomerResponse] = field(default_factory=dict[str, pb.GetCustomerResponse])
    history: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    jobs: dict[str, str] = field(default_factory=dict[str, str])
    """Who brought each file in."""

    def by(self, number: str, *roles: str) -> Called:
        """The calls of one person, at the service's own port."""
        return Called(
            customer_pb2_grpc.CustomerServiceStub(self.channel), self.issuer.token(
                aud=["customer"], preferred_username=number, realm_access={"roles": list(roles)}
            )
        )  # fmt: skip

    def put_in_force(self, policy: Policy) -> None:
        """Publishes other rules; one person goes on seeing everything."""
        self.world.papers.held["access.grants"] = published(
            policy, (*god((CUSTOMER, APPOINTMENT, OWNER, IMPORT), COLUMNS), IMPORTER)
        )

    def places(self) -> dict[str, Place]:
        """What rules go by of each customer, by id."""
        found: dict[str, Place] = {}
        for key, whole in self.truth.items():
            kept = frozenset((whole.customer.owner_number, whole.customer.seat_number)) - {""}
            found[key] = Place(kept, kept, whole.customer.community_id, whole.customer.bureau_id)
        return found


@asynccontextmanager
async def open_archive(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Archive]:
    """The service on a channel, with an archive in it."""
    papers = Papers(branch_papers() | {KEY: EXTRAS.SerializeToString()})
    extras = ExtraFields(papers).known
    access = AccessBook(papers, today=lambda: TODAY, sensitive=FORMS.sensitive, implied=FORMS.implied)
    database = Database(
        url, clock=FixedClock(MORNING), plumbing=tables.plumbing, encode=encode, access=access, pool_size=4
    )
    directory = Directory(papers)
    worker = make_worker(database, directory, folder, extras)
    world = World(database, FixedClock(MORNING), papers, directory, worker, folder)
    support = FarSupport.new()
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="customer", people=access)
    server = aio.server(interceptors=[Interceptor("customer", Gatekeeper(verifier, access))])
    async with far_support.serving(support) as disclosures:
        exports = far_support.exports_of(database, access, tables.exports, disclosures, sources(extras), folder)
        exports.folder.mkdir()
        servicer = CustomerServicer(database, world.worker, ZONE, access, disclosures, exports, extras)
        customer_pb2_grpc.add_CustomerServiceServicer_to_server(servicer, server)
        probe_pb2_grpc.add_AccessProbeServiceServicer_to_server(
            ProbeServicer(database, access, FORMS, probed(extras), count_rows), server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            archive = Archive(world, issuer, channel, exports, support)
            archive.put_in_force(Policy(()))
            await _fill(archive)
            yield archive
        await server.stop(0)
    database.close()


async def _fill(archive: Archive) -> None:
    world = archive.world
    numbers = [f"L{n:03d}" for n in range(len(NAMES))]
    done = [
        world.customers(*(_customer(n) for n in range(len(NAMES)))),
        world.load("account", [
            {"account_number": f"ACC{n}", "customer_number": number, "name": NAMES[n], "payment_method": "direct_debit",
             "bank_account": f"622202350000{n:04d}"}
            for n, number in enumerate(numbers)
        ]),
        world.load("subscriber", [
            {"number": f"1380002{n:04d}", "customer_number": number, "kind": "mobile", "product": f"套餐{n}"}
            for n, number in enumerate(numbers)
        ]),
        world.load("contact", [
            {"customer_number": number, "name": f"联系{n}", "role": "owner", "phone": f"1370003{n:04d}"}
            for n, number in enumerate(numbers)
        ]),
        world.load("address", [
            {"customer_number": number, "kind": "billing", "text": f"云州市邮局路{n}号附楼", "community": ""}
            for n, number in enumerate(numbers)
        ]),
    ]  # fmt: skip
    assert {(job.state, job.failed) for job in done} == {("done", 0)}, done
    archive.jobs = {job.id: job.actor_id for job in (*done, *(_refused_file(archive, who) for who in PEOPLE))}
    god_ = archive.by("god", "god")
    page = page_pb2.PageRequest(size=50)
    for one in (await god_.ListCustomers(pb.ListCustomersRequest(page=page))).customers:
        await _live_through(god_, one, NAMES.index(one.name))
        archive.truth[one.id] = await god_.GetCustomer(pb.GetCustomerRequest(id=one.id))
        changes = await god_.ListCustomerChanges(pb.ListCustomerChangesRequest(id=one.id, page=page))
        archive.history[one.id] = list(changes.changes)


def _refused_file(archive: Archive, who: Somebody) -> ImportJob:
    """Somebody's file with one row, which is refused."""
    row = {**_customer(0), "customer_number": f"X-{who.number}", "community": "nowhere"}
    actor = Actor("person", who.number, who.name, who.positions)
    return archive.world.take_up(archive.world.start_by(actor, f"{who.number}.csv", [row]))


def _customer(n: int) -> dict[str, str]:
    owner, seat = OWNERS[n]
    return {
        "customer_number": f"L{n:03d}",
        "name": NAMES[n],
        "kind": "business" if n % 3 else "household",
        "group": ("public", "business", "key_account")[n % 3],
        "phone": f"1391000{n:04d}",
        "community": COMMUNITIES[n],
        "owner_number": owner,
        "seat_number": seat,
        "address": f"云州市翠湖路{n}号1栋",
        "id_card": f"62010119800512{n:04d}",
        "joined_on": f"2020-01-{n + 1:02d}",
        "等级": str(n),
        "extra.secret": f"密语{n}号",
    }


async def _live_through(god_: Called, one: pb.Customer, n: int) -> None:
    """Gives a customer a note, a history of each sensitive column, and two bookings."""
    fields = ["phone", "note", "id_card", "address", "extra.secret"]
    for step, phone in enumerate((f"1391111{n:04d}", one.phone)):
        values = pb.Customer(
            phone=phone, note=f"备注{n}-{step}", id_card=f"62010119800513{n:04d}", address=f"云州市旧城路{n}号",
            extra={"secret": f"密语{n}号旧"},
        )  # fmt: skip
        if step:
            values.id_card, values.address = one.id_card, one.address
            values.extra["secret"] = one.extra["secret"]
        await god_.UpdateCustomer(pb.UpdateCustomerRequest(id=one.id, version=1 + step, customer=values, fields=fields))
    for kind in (pb.APPOINTMENT_KIND_VISIT, pb.APPOINTMENT_KIND_INSTALL):
        booking = pb.Appointment(
            customer_id=one.id, kind=kind, place=f"云州市约定路{n}号", contact_name=f"约{n}",
            contact_phone=f"1350005{n:04d}", note=f"预约备注{n}",
        )  # fmt: skip
        booking.starts_at.FromJsonString(f"2026-12-0{int(kind)}T00:00:00Z")
        await god_.CreateAppointment(pb.CreateAppointmentRequest(request_id=f"{one.id}{int(kind)}"[:64], appointment=booking))  # fmt: skip


CANARIES = re.compile(
    r"1391000\d{4}|1391111\d{4}|1380002\d{4}|1370003\d{4}|1350005\d{4}|6201011980051[23]\d{4}|622202350000\d{4}|路\d号"
)
"""Every sensitive value of the archive, now and earlier."""
ALL_CANARIES = re.compile(rf"{CANARIES.pattern}|密语\d号")
"""And what a field of the branch's own holds that a rule hides."""
