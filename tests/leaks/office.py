"""Support full of distinctive rows, and its door: every servicer of it, the real gate and tokens, no gateway."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from crm.common.v1 import page_pb2
from crm.support.v1 import access_pb2 as rules_pb2
from crm.support.v1 import (
    access_pb2_grpc,
    audit_pb2,
    audit_pb2_grpc,
    organisation_pb2,
    organisation_pb2_grpc,
    parameters_pb2_grpc,
    support_pb2,
    support_pb2_grpc,
    systems_pb2_grpc,
)
from grpc import aio
from sqlalchemy import select, update

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.declarations import Forms
from chassis.identity import Actor, TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.parameters import Parameters
from support import own_parameters
from support.actions.newest_rules import Frame
from support.audit_parameters import Thresholds
from support.declared_forms import known_forms
from support.domain.audit import Verdict
from support.domain.disclosure import Limits
from support.messaging import access_events as access_events  # says how approvals are announced
from support.messaging import organisation as organisation  # says how its events leave
from support.messaging.publish import encode
from support.rpc.access_servicer import AccessServicer
from support.rpc.audit_servicer import AuditServicer
from support.rpc.organisation_servicer import OrganisationServicer, Surroundings
from support.rpc.parameters_servicer import ParameterServicer
from support.rpc.probes import Probes
from support.rpc.row_counts import RowCounts
from support.rpc.servicer import SupportServicer
from support.rpc.systems_servicer import SystemServicer
from support.storage import tables
from support.storage.schema import plumbing
from tests.chassis.issuer import ISSUER, Issuer
from tests.leaks.calling import Called
from tests.leaks.office_rows import HOMES, MORNING, OTHERS, fill, keep_policy
from tests.leaks.policies import NAMES, branch_papers, god, published
from tests.leaks.reading import PARENTS, TODAY, Policy
from tests.support.branch import ZONE
from tests.support.older_site import keys
from tests.support.parameter_desk import bucket

STAFF, ORGANISATION, AUDIT, SIGN_IN = "support.staff", "support.organisation", "support.audit", "support.sign_in"
DISCLOSURE, CALENDAR, PARAMETER = "support.disclosure", "support.calendar", "support.parameter"
ROLE, EXPORT_FORM, SYSTEM = "support.role", "support.export", "support.system"
RECORDS = (AUDIT, SIGN_IN, DISCLOSURE)
FORMS = (STAFF, STAFF, STAFF, STAFF, ORGANISATION, *RECORDS, CALENDAR, PARAMETER, ROLE, EXPORT_FORM)
ALL_FORMS = (*dict.fromkeys(FORMS), SYSTEM)
DECLARED = Forms(part.DESCRIPTOR for part in (organisation_pb2, support_pb2, rules_pb2, audit_pb2))
COLUMNS = {form: tuple(DECLARED.by_name[form].columns) for form in (STAFF, *RECORDS)}
PAGE = page_pb2.PageRequest(size=100, with_total=True)
CANARIES = re.compile(r"1391700\d{4}|1391711\d{4}|1391799\d{4}")
"""Every telephone of staff, now and earlier."""


@dataclass
class Shelf:
    """Documents in memory, as the settings bucket answers them."""

    held: dict[str, bytes]

    def get(self, key: str, /) -> bytes | None:
        """The newest bytes of a document."""
        return self.held.get(key)


@dataclass
class Office:
    """Support, how it is called, and what rules go by of its rows."""

    database: Database
    issuer: Issuer
    channel: aio.Channel
    papers: dict[str, bytes]
    folder: Path
    homes: dict[str, str] = field(default_factory=dict[str, str])
    policy: Policy = field(default_factory=lambda: Policy(()))

    def by(self, number: str, *roles: str) -> dict[str, Called]:
        """The calls of one person, by service, at support's own port."""
        token = self.issuer.token(aud=["support"], preferred_username=number, realm_access={"roles": list(roles)})
        stubs: dict[str, Any] = {
            "support": support_pb2_grpc.SupportServiceStub,
            "organisation": organisation_pb2_grpc.OrganisationServiceStub,
            "access": access_pb2_grpc.AccessServiceStub,
            "audit": audit_pb2_grpc.AuditServiceStub,
            "parameters": parameters_pb2_grpc.ParameterServiceStub,
            "systems": systems_pb2_grpc.SystemServiceStub,
        }
        return {name: Called(stub(self.channel), token) for name, stub in stubs.items()}

    def put_in_force(self, policy: Policy) -> None:
        """Publishes other rules, and keeps them as the newest in the database; one person goes on seeing everything."""
        self.policy = policy
        extra = god(ALL_FORMS, COLUMNS)
        self.papers[GRANTS_KEY] = published(policy, extra)
        self.run(keep_policy, (*policy.lines, *extra))

    def run(self, action: Any, *args: Any) -> Any:
        """Runs something of support's own in the service's name."""
        return self.database.run_sync(Actor("person", "god", "总管", frozenset({"god"})), action, *args)


@asynccontextmanager
async def open_office(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Office]:
    """The service on a channel, with a branch in it."""
    papers, documents = branch_papers(), bucket()
    declared = DECLARED.declared("support", ())
    documents["declarations.support"] = declared.SerializeToString()
    access = AccessBook(Shelf(papers), today=lambda: TODAY, sensitive=DECLARED.sensitive, implied=DECLARED.implied)
    clock = FixedClock(MORNING)
    database = Database(url, clock=clock, plumbing=plumbing, encode=encode, access=access, pool_size=4)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    parameters = Parameters(Shelf(documents), own_parameters.DECLARED, today=lambda: TODAY)

    def frame() -> Frame:
        return Frame(ZONE, known_forms(documents), lambda _: Limits())

    async def publish() -> None: ...

    async def verify(day: date) -> Verdict:
        raise NotImplementedError(day)

    around = Surroundings(clock, ZONE, DECLARED, RowCounts({}), publish, None, frame)
    access_servicer = AccessServicer(database, documents, DECLARED, parameters, Probes({}), ZONE, publish)
    audit = AuditServicer(database, clock, ZONE, lambda: Thresholds(0, 1, 0), verify, frame)
    support_pb2_grpc.add_SupportServiceServicer_to_server(SupportServicer(database, clock, ZONE), server)
    organisation_pb2_grpc.add_OrganisationServiceServicer_to_server(OrganisationServicer(database, around), server)
    access_pb2_grpc.add_AccessServiceServicer_to_server(access_servicer, server)
    audit_pb2_grpc.add_AuditServiceServicer_to_server(audit, server)
    parameters_servicer = ParameterServicer(database, documents, clock, ZONE, publish)
    parameters_pb2_grpc.add_ParameterServiceServicer_to_server(parameters_servicer, server)
    systems_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(database, keys(), "localhost"), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        office = Office(database, issuer, channel, papers, folder)
        office.run(fill)
        office.homes = {**HOMES, **{number: unit for number, _, unit, _ in OTHERS}}
        office.put_in_force(Policy(()))
        await _live_through(office)
        yield office
    await server.stop(0)
    database.close()


async def _live_through(office: Office) -> None:
    """Gives every person and unit a history."""
    office.run(_trace_people, [number for number in office.homes if number != "s5"])
    calls = office.by("god", "god")["organisation"]
    for unit in PARENTS:
        for name in (f"旧{NAMES[unit]}", NAMES[unit]):
            await calls.UpdateUnit(organisation_pb2.UpdateUnitRequest(id=unit, name=name))


def _trace_people(work: Unit, numbers: list[str]) -> None:
    for n, row in enumerate(work.session.execute(select(tables.people).where(tables.people.c.staff_number.in_(numbers))).all()):  # fmt: skip
        work.trace(STAFF, row.id, "phone", f"1391711{n:04d}", row.phone)
        work.trace(STAFF, row.id, "name", f"旧{row.name}", row.name)
        work.session.execute(update(tables.people).where(tables.people.c.id == row.id).values(version=3))
