"""The calls of the audit over a real channel, with the gate in front."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from crm.support.v1 import audit_pb2_grpc
from grpc import aio

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support.actions.newest_rules import Frame
from support.audit_parameters import Thresholds
from support.domain.audit import Verdict, Wrong
from support.domain.disclosure import Limits
from support.messaging.publish import encode
from support.rpc.audit_servicer import AuditServicer
from support.storage.tables import plumbing
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.audit_trail import with_staff
from tests.support.branch import NOON, TODAY, ZONE
from tests.support.rpc.audit.reach import published


@pytest.fixture
async def stub(issuer: Issuer, database: Database) -> AsyncIterator[Any]:
    with_staff(database)
    access = AccessBook(published(database))
    opened = Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)

    async def verify(day: date) -> Verdict:
        return Verdict(day, 3) if day == TODAY else Verdict(day, 2, 2, Wrong.MISSING)

    servicer = AuditServicer(
        opened, FixedClock(NOON), ZONE, lambda: Thresholds(3, 5, 2), verify, lambda: Frame(ZONE, {}, lambda _: Limits())
    )
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    audit_pb2_grpc.add_AuditServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield audit_pb2_grpc.AuditServiceStub(channel)
    await server.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str, language: str = "zh-CN") -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]})
        return (
            ("authorization", f"Bearer {token}"),
            ("x-forwarded-for", "10.1.2.9"),
            ("accept-language", language),
        )

    return metadata


@pytest.fixture
def admin(as_: Any) -> Any:
    return as_("admin", "administrator")
