"""A gateway with everything around it: a broker, a provider and services on the far side."""

import contextlib
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.clock import FixedClock
from gateway.wiring import Gateway
from local_stack.nats import NatsServer
from tests.gateway.far_side import FarSide
from tests.gateway.realm import Realm
from tests.gateway.running import CLIENT_SECRET, Browser, World, forget_sessions, gateway_in, serving, until


@dataclass
class Suite:
    """Everything at hand."""

    gateway: Gateway
    realm: Realm
    far: FarSide
    world: World
    browser: Browser
    clock: FixedClock


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    side = FarSide()
    await side.start()
    yield side
    await side.stop()


@pytest.fixture
def changes() -> dict[str, object]:
    """Settings that a test wants otherwise."""
    return {}


@contextlib.asynccontextmanager
async def suite_in(
    home: Path, nats_process: NatsServer, far: FarSide, changes: dict[str, object]
) -> AsyncGenerator[Suite]:
    """Runs a gateway with everything around it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    realm = Realm(f"{origin}/auth/realms/crm", CLIENT_SECRET)
    clock = FixedClock(datetime.fromtimestamp(time.time(), UTC))
    async with serving(realm.app()) as realm_port:
        world = World(
            home=home,
            nats_port=nats_process.port,
            nats_url=nats_process.url,
            nats_password=nats_process.passwords["gateway"],
            public_port=listening.getsockname()[1],
            realm_port=realm_port,
            upstream=far.address,
            clock=clock,
            changes=changes,
        )
        await forget_sessions(world)
        async with gateway_in(world, listening) as (gateway, _):
            yield Suite(gateway, realm, far, world, Browser(origin), clock)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_suite(tmp_path_factory: pytest.TempPathFactory, nats_process: NatsServer) -> AsyncIterator[Suite]:
    """One gateway for a whole module."""
    far = FarSide()
    await far.start()
    async with suite_in(tmp_path_factory.mktemp("gateway"), nats_process, far, {}) as made:
        yield made
    await far.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def suite(standing_suite: Suite) -> Suite:
    """The module's gateway, and nothing of the tests before around it."""
    gateway, realm, far = standing_suite.gateway, standing_suite.realm, standing_suite.far
    await until(lambda: gateway.bus.client.is_connected and gateway.life.at_rest)
    for key in [*gateway.store.live, *gateway.store.ended]:
        await gateway.store.remove(key)
    realm.__init__(realm.issuer, realm.client_secret)
    far.dispatch.__init__()
    far.customer.__init__()
    standing_suite.clock.at = datetime.fromtimestamp(time.time(), UTC)
    return replace(standing_suite, browser=Browser(standing_suite.browser.origin))


@pytest_asyncio.fixture(loop_scope="module")
async def lone_suite(tmp_path: Path, nats_process: NatsServer, changes: dict[str, object]) -> AsyncIterator[Suite]:
    """A gateway of the test's own, to be broken or set up otherwise."""
    far = FarSide()
    await far.start()
    async with suite_in(tmp_path, nats_process, far, changes) as made:
        yield made
    await far.stop()
