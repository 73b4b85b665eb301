"""Which service answers which call."""

import pytest

from gateway.upstreams import Upstreams

LETTERS = "crm.operations.v1.DeadLetterService"


@pytest.fixture
async def upstreams() -> Upstreams:
    return Upstreams({"dispatch": "127.0.0.1:1", "support": "127.0.0.1:2"})


async def test_a_call_that_every_service_answers_for_itself_names_the_service_in_front(upstreams: Upstreams) -> None:
    routes = {path: route for path, route in upstreams.routes.items() if LETTERS in path}
    assert {(path, route.service, route.path) for path, route in routes.items()} == {
        (f"/{service}/{LETTERS}/{method}", service, f"/{LETTERS}/{method}")
        for service in ("dispatch", "support")
        for method in ("ListDeadLetters", "ReplayDeadLetters", "DiscardDeadLetters")
    }
    await upstreams.close()


async def test_every_other_call_has_one_service(upstreams: Upstreams) -> None:
    route = upstreams.routes["/crm.dispatch.v1.DispatchService/ListTasks"]
    assert (route.service, route.path) == ("dispatch", "/crm.dispatch.v1.DispatchService/ListTasks")
    assert "crm.dispatch.v1.DispatchService" in upstreams.services()
    assert LETTERS in upstreams.services()
    assert not any(name in ("dispatch", "support") for name in upstreams.services())
    await upstreams.close()
