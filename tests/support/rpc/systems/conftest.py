"""Older systems over a real channel, with real rows and the real form of an older system behind it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from crm.support.v1 import systems_pb2 as pb
from crm.support.v1 import systems_pb2_grpc
from grpc import aio

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support import rules_document
from support.messaging.publish import encode
from support.rpc.systems_servicer import SystemServicer
from support.storage.schema import plumbing
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.branch import NOON
from tests.support.older_site import HOST, PASSWORD, Site, complaint_handling, key_line, keys
from tests.support.rpc.systems.branch import Branch, described


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with complaint_handling() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    running.complaints.log.clear()
    running.complaints.accounts["zhang.san"] = PASSWORD
    running.complaints.fault = 0
    return running


@pytest.fixture
async def branch(issuer: Issuer, database: Database, site: Site) -> AsyncIterator[Branch]:
    access = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    opened = Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    systems_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(opened, keys(key_line("k1")), HOST), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        made = Branch(systems_pb2_grpc.SystemServiceStub(channel), opened, issuer)
        await made.admin("SetSystem", pb.SetSystemRequest(system=described(site)))
        yield made
    await server.stop(0)
    opened.close()
