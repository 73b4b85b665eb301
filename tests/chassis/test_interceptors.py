"""The gate in front of every action, met through a real channel."""

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import support_pb2, support_pb2_grpc
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from chassis.access import GRANTS_KEY, AccessBook
from chassis.errors import InvalidField, NotFound, Stale
from chassis.identity import TokenVerifier, caller
from chassis.interceptors import Gatekeeper, Interceptor, permission_of
from tests.chassis.issuer import ISSUER, Issuer, serving


class Toy(support_pb2_grpc.SupportServiceServicer):
    """Answers with who called; refuses or breaks as the request says."""

    async def GetMe(self, request: Any, context: Any) -> support_pb2.GetMeResponse:
        answer = support_pb2.GetMeResponse()
        answer.person.staff_number = caller().id
        answer.person.phone = caller().ip
        return answer

    async def ListStaff(self, request: support_pb2.ListStaffRequest, context: Any) -> support_pb2.ListStaffResponse:
        errors: dict[str, Exception] = {
            "missing": NotFound(form="x", id="1"),
            "stale": Stale(fields="a"),
            "invalid": InvalidField("query", "TOO_LONG", maximum="5"),
            "defect": ValueError("secret row 42"),
            "inner": TimeoutError(),
            "full": OSError(errno.ENOSPC, "No space left on device"),
        }
        if request.query in errors:
            raise errors[request.query]
        if request.query == "slow":
            await asyncio.sleep(5)
        return support_pb2.ListStaffResponse()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture
async def stub(issuer: Issuer) -> AsyncIterator[Any]:
    grant = access_pb2.Grant(
        role="customer_manager", form="support.staff", actions=[access_pb2.ACTION_SEE], scope=access_pb2.ROW_SCOPE_OWN
    )
    access = AccessBook({GRANTS_KEY: access_pb2.GrantsDocument(grants=[grant]).SerializeToString()})
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    support_pb2_grpc.add_SupportServiceServicer_to_server(Toy(), server)  # pyright: ignore[reportAbstractUsage]  # calls left out are a case of the test
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield support_pb2_grpc.SupportServiceStub(channel)
    await server.stop(0)


async def refused(call: Any) -> tuple[str, str, dict[str, str], str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    info = error_details_pb2.ErrorInfo()
    if status is not None and status.details:
        status.details[0].Unpack(info)
    return caught.value.code().name, info.reason, dict(info.metadata), caught.value.details() or ""


async def test_without_a_token_nothing_is_answered(stub: Any) -> None:
    assert (await refused(stub.GetMe(support_pb2.GetMeRequest())))[:2] == ("UNAUTHENTICATED", "TOKEN_INVALID")


async def test_the_caller_and_address_reach_the_servicer(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"), ("x-forwarded-for", "10.9.8.7"))
    answer = await stub.GetMe(support_pb2.GetMeRequest(), metadata=metadata)
    assert (answer.person.staff_number, answer.person.phone) == ("m001", "10.9.8.7")


async def test_what_no_rule_grants_is_denied_with_its_form(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    code, reason, data, _ = await refused(stub.ListUnits(support_pb2.ListUnitsRequest(), metadata=metadata))
    assert (code, reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    assert data == {"form": "support.organisation", "action": "ACTION_SEE"}


@pytest.mark.parametrize(
    ("query", "code", "reason", "data"),
    [
        ("missing", "NOT_FOUND", "NOT_FOUND", {"form": "x", "id": "1"}),
        ("stale", "ABORTED", "STALE_VERSION", {"fields": "a"}),
        ("invalid", "INVALID_ARGUMENT", "TOO_LONG", {"field": "query", "maximum": "5"}),
        ("defect", "INTERNAL", "", {}),
    ],
)
async def test_errors_are_translated_once(
    stub: Any, issuer: Issuer, query: str, code: str, reason: str, data: dict[str, str]
) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    found = await refused(stub.ListStaff(support_pb2.ListStaffRequest(query=query), metadata=metadata))
    assert found[:3] == (code, reason, data)
    assert "secret" not in found[3]


async def test_an_unknown_method_is_unimplemented(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    assert (await refused(stub.GetDay(support_pb2.GetDayRequest(), metadata=metadata)))[0] in (
        "UNIMPLEMENTED",
        "INTERNAL",
    )


def test_a_method_outside_the_contracts_has_no_permission() -> None:
    assert permission_of("/crm.support.v1.SupportService/Nothing") is None
    found = permission_of("/crm.support.v1.SupportService/ListStaff")
    assert found is not None
    assert (found.form, found.action) == ("support.staff", access_pb2.ACTION_SEE)


async def test_a_call_is_refused_before_its_caller_gives_it_up(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    began = time.monotonic()
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.ListStaff(support_pb2.ListStaffRequest(query="slow"), metadata=metadata, timeout=1)
    took = time.monotonic() - began
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert status is not None
    assert [status.details[0].Unpack(info), status.details[1].Unpack(retry)] == [True, True]
    assert (caught.value.code().name, info.reason, retry.retry_delay.seconds) == ("UNAVAILABLE", "ANSWER_TOO_SLOW", 2)
    assert 0.5 < took < 0.95
    # The channel itself does not knock again: whoever sheds load wants less of it.
    assert ("grpc-retry-pushback-ms", "-1") in tuple(caught.value.trailing_metadata() or ())


async def test_a_time_out_inside_a_call_is_a_defect_like_any_other(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    code, *_ = await refused(stub.ListStaff(support_pb2.ListStaffRequest(query="inner"), metadata=metadata, timeout=5))
    assert code == "INTERNAL"


async def test_a_disk_without_room_is_a_refusal_that_says_so(stub: Any, issuer: Issuer) -> None:
    metadata = (("authorization", f"Bearer {issuer.token()}"),)
    refusal = await refused(stub.ListStaff(support_pb2.ListStaffRequest(query="full"), metadata=metadata))
    assert refusal[:3] == ("UNAVAILABLE", "STORAGE_FULL", {"detail": "disk"})
