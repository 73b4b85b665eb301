import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.dispatch.write_back.older_system import OlderSystem


@pytest.fixture
async def older() -> AsyncIterator[OlderSystem]:
    found = OlderSystem()
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/write-backs"
    yield found
    server.close()
