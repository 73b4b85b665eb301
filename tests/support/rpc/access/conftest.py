"""The calls about access over a real channel, with the gate in front; the service that owns customers answers for real."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from crm.access.v1 import probe_pb2_grpc
from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import access_pb2_grpc, organisation_pb2
from grpc import aio

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.declarations import Forms
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.parameters import Parameters
from support import access_parameters, rules_document
from support.rpc.access_servicer import AccessServicer
from support.rpc.probes import Probes
from support.storage.schema import metadata
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.access_branch import Bucket, actor, bucket, fill, open_database
from tests.support.branch import NOON, TODAY, ZONE
from tests.support.rpc.access.far_side import Customers, Published


@pytest.fixture
def documents() -> Bucket:
    return bucket()


@pytest.fixture
def customers() -> Customers:
    return Customers()


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def stub(
    issuer: Issuer,
    fresh_database: Callable[..., str],
    documents: Bucket,
    customers: Customers,
    published: Published,
) -> AsyncIterator[Any]:
    documents[GRANTS_KEY] = rules_document.default_document().SerializeToString()
    access = AccessBook(documents)
    opened = open_database(fresh_database(metadata), FixedClock(NOON), access=access)
    opened.run_sync(actor("admin"), fill)
    far = aio.server()
    probe_pb2_grpc.add_AccessProbeServiceServicer_to_server(customers, far)
    far_port = far.add_insecure_port("127.0.0.1:0")
    await far.start()
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    async with (
        aio.insecure_channel(f"127.0.0.1:{far_port}") as to_customer,
        aio.insecure_channel("127.0.0.1:9") as to_nobody,
    ):
        servicer = AccessServicer(
            opened,
            documents,
            Forms((pb.DESCRIPTOR, organisation_pb2.DESCRIPTOR)),
            Parameters(documents, access_parameters.DECLARED, today=lambda: TODAY),
            Probes({"customer": to_customer, "dispatch": to_nobody}),
            ZONE,
            published.note,
        )
        access_pb2_grpc.add_AccessServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield access_pb2_grpc.AccessServiceStub(channel)
        await server.stop(0)
        await far.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str = "administrator", **claims: Any) -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]}, **claims)
        return (("authorization", f"Bearer {token}"),)

    return metadata


@pytest.fixture
def service(as_: Any) -> Any:
    return as_("service-account-svc-customer", "service", azp="svc-customer")
