import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from crm.customer.v1 import customer_pb2_grpc
from grpc import aio

from chassis.access import AccessBook
from chassis.disclosure import Disclosures
from chassis.exports import Exports
from chassis.identity import Actor, TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from customer.messaging.extra_fields import ExtraFields
from customer.rpc.servicer import CustomerServicer
from customer.rpc.shown import FORMS
from customer.rpc.taking_out import sources
from customer.storage import tables
from tests import far_support
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.customer.small_archive import ZONE, World
from tests.far_support import FarSupport

Calling = Callable[[Actor], Any]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


class Caller:
    """The calls of the service in the name of one person, with a real token."""

    def __init__(self, stub: Any, token: str) -> None:
        self._stub = stub
        self._metadata = (("authorization", f"Bearer {token}"),)

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        return lambda request: getattr(self._stub, name)(request, metadata=self._metadata)


@pytest.fixture
def support() -> FarSupport:
    return FarSupport.new()


@pytest.fixture
async def calling(world: World, issuer: Issuer, support: FarSupport) -> AsyncIterator[Calling]:
    """The service behind a real channel, as anybody calls it: `calling(M1).GetCustomer(…)`."""
    access = AccessBook(world.papers, sensitive=FORMS.sensitive)
    async with far_support.serving(support) as disclosures:
        extras = ExtraFields(world.papers).known
        exports = far_support.exports_of(
            world.database, access, tables.exports, disclosures, sources(extras), world.folder
        )
        async for by in _served(world, issuer, access, disclosures, exports):
            yield by


async def _served(
    world: World, issuer: Issuer, access: AccessBook, disclosures: Disclosures, exports: Exports
) -> AsyncIterator[Calling]:
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="customer", people=access)
    server = aio.server(interceptors=[Interceptor("customer", Gatekeeper(verifier, access))])
    customer_pb2_grpc.add_CustomerServiceServicer_to_server(
        CustomerServicer(
            world.database, world.worker, ZONE, access, disclosures, exports, ExtraFields(world.papers).known
        ),
        server,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = customer_pb2_grpc.CustomerServiceStub(channel)

        def by(actor: Actor) -> Any:
            name = actor.id if actor.kind == "person" else f"service-account-{actor.id}"
            token = issuer.token(
                aud=["customer"],
                preferred_username=name,
                azp=actor.id,
                realm_access={"roles": sorted(actor.roles)},
            )
            return Caller(stub, token)

        yield by
    await server.stop(0)


@pytest.fixture
async def loader(world: World) -> AsyncIterator[None]:
    """The loader in the background, as the service runs it."""
    loading = asyncio.create_task(world.worker.run())
    yield
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
