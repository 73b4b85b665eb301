"""The broker of a module; what the clients of these tests leave behind is put away with them."""

import gc
import warnings
from collections.abc import Iterator

import pytest

from local_stack.nats import NatsServer
from tests.trust.broker import running


def _collect() -> None:
    # A broker or server that hangs up in the middle of a handshake leaves nats-py and asyncio with connections that nobody
    # closes. Found later, they would be held against a test that has nothing to do with them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(autouse=True)
def _put_away() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    yield
    _collect()


@pytest.fixture(autouse=True, scope="module")
def _put_away_at_the_end() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    yield
    _collect()


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with running() as found:
        yield found
