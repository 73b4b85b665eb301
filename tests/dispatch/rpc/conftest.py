"""The door of dispatch, met through a real channel with real tokens; the customer service behind it is ours to play."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from crm.customer.v1 import customer_pb2, customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2_grpc
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from chassis.identity import Actor, TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from dispatch.actions.generate_tasks import Branch
from dispatch.rpc.intake import Intake
from dispatch.rpc.owners import OwnerLookup
from dispatch.rpc.servicer import DispatchServicer
from dispatch.rpc.taking_out import sources
from dispatch.storage import tables
from tests import far_support
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.dispatch.small_branch import ZONE, World
from tests.far_support import FarSupport


@dataclass
class Refused:
    """How a call was refused."""

    code: str
    reason: str
    data: dict[str, str]


@dataclass
class CustomerArchive(customer_pb2_grpc.CustomerServiceServicer):
    """The far side: answers what it was told, or fails."""

    matches: dict[str, customer_pb2.OwnerMatch] = field(default_factory=dict[str, customer_pb2.OwnerMatch])
    down: bool = False
    asked: list[int] = field(default_factory=list[int])

    async def FindOwners(
        self, request: customer_pb2.FindOwnersRequest, context: Any
    ) -> customer_pb2.FindOwnersResponse:
        if self.down:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        self.asked.append(len(request.queries))
        unknown = customer_pb2.OwnerMatch(reason="NOT_FOUND")
        return customer_pb2.FindOwnersResponse(
            matches=[self.matches.get(query.subscriber_number or query.address, unknown) for query in request.queries]
        )


@dataclass
class Door:
    """Calls as somebody, and the branch behind them."""

    world: World
    stub: Any
    issuer: Issuer
    archive: CustomerArchive
    owners: OwnerLookup

    def token(self, actor: Actor) -> tuple[tuple[str, str], ...]:
        username = f"service-account-{actor.id}" if actor.kind == "system" else actor.id
        token = self.issuer.token(
            preferred_username=username, azp=actor.id, realm_access={"roles": sorted(actor.roles)}
        )
        return (("authorization", f"Bearer {token}"),)

    async def call(self, actor: Actor, method: str, request: Any) -> Any:
        return await getattr(self.stub, method)(request, metadata=self.token(actor))

    async def refused(self, actor: Actor, method: str, request: Any) -> Refused:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.call(actor, method, request)
        status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
        info = error_details_pb2.ErrorInfo()
        if status is not None and status.details:
            status.details[0].Unpack(info)
        return Refused(caught.value.code().name, info.reason, dict(info.metadata))


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture
async def archive() -> AsyncIterator[tuple[CustomerArchive, str]]:
    server = aio.server()
    found = CustomerArchive()  # pyright: ignore[reportAbstractUsage]  # one call is enough
    customer_pb2_grpc.add_CustomerServiceServicer_to_server(found, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield found, f"127.0.0.1:{port}"
    await server.stop(0)


@pytest.fixture
def support() -> FarSupport:
    return FarSupport.new()


@pytest.fixture
async def door(
    world: World,
    branch: Branch,
    issuer: Issuer,
    archive: tuple[CustomerArchive, str],
    support: FarSupport,
    tmp_path: Path,
) -> AsyncIterator[Door]:
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="dispatch", people=world.access)
    server = aio.server(interceptors=[Interceptor("dispatch", Gatekeeper(verifier, world.access))])
    async with aio.insecure_channel(archive[1]) as to_customer, far_support.serving(support) as disclosures:
        owners = OwnerLookup(to_customer, 0.5)
        exports = far_support.exports_of(
            world.database, world.access, tables.exports, disclosures, sources(ZONE), tmp_path
        )
        intake = Intake(world.database, owners, lambda: branch)
        servicer = DispatchServicer(
            world.database, world.access, world.clock, lambda: branch, intake, exports, ("gnet-crm",)
        )
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = dispatch_pb2_grpc.DispatchServiceStub(channel)
            yield Door(world, stub, issuer, archive[0], owners)
        await server.stop(0)
