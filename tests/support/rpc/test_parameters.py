"""The calls about parameters over a real channel, with the gate and the rules of the product in front."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from crm.common.v1 import page_pb2
from crm.support.v1 import parameters_pb2 as pb
from crm.support.v1 import parameters_pb2_grpc
from grpc import aio

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support import rules_document
from support.rpc.parameters_servicer import ParameterServicer
from support.storage.schema import metadata
from tests.chassis.issuer import ISSUER, Issuer
from tests.support.access_branch import B01, C01
from tests.support.branch import NOON, ZONE
from tests.support.parameter_desk import COLUMNS, LIMIT, bucket, open_desk
from tests.support.refusals import refused

FORM = "customer.customer"


@pytest.fixture
def published() -> list[int]:
    return []


@pytest.fixture
async def stub(
    issuer: Issuer, fresh_database: Callable[..., str], published: list[int]
) -> AsyncIterator[parameters_pb2_grpc.ParameterServiceStub]:
    async def publish() -> None:
        published.append(1)
        raise ConnectionError("the broker is away")

    opened = open_desk(fresh_database(metadata))
    access = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    servicer = ParameterServicer(opened, bucket(), FixedClock(NOON), ZONE, publish)
    parameters_pb2_grpc.add_ParameterServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield parameters_pb2_grpc.ParameterServiceStub(channel)
    await server.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str) -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]})
        return (("authorization", f"Bearer {token}"),)

    return metadata


def setting(value: Any, unit_id: str = "", *, version: int = 0, request_id: str = "r1") -> pb.SetParameterRequest:
    wanted = pb.ParameterValue(key=LIMIT, unit_id=unit_id, value_json=json.dumps(value), note="试点")
    return pb.SetParameterRequest(request_id=request_id, version=version, value=wanted)


async def test_set_seen_listed_traced_and_taken_back(stub: Any, as_: Any, published: list[int]) -> None:
    admin, chief = as_("admin", "administrator"), as_("c01", "bureau_chief")
    answer = (await stub.SetParameter(setting(30, B01), metadata=admin)).parameter
    assert (answer.value_json, answer.origin, answer.from_unit_id, answer.version) == ("30", "BUREAU", B01, 1)
    # It is kept though the broker is away.
    assert published == [1]
    listed = (
        await stub.ListParameters(pb.ListParametersRequest(unit_id=C01, group="other"), metadata=chief)
    ).parameters
    assert [view.declaration.key for view in listed] == sorted(view.declaration.key for view in listed)
    view = next(view for view in listed if view.declaration.key == LIMIT)
    assert (view.value_json, view.origin, view.effective_from, view.service) == ("30", "BUREAU", "2026-11-22", "toy")
    values = (await stub.ListParameterValues(pb.ListParameterValuesRequest(key=LIMIT), metadata=chief)).values
    assert [(value.set_by, value.note, value.set_at.seconds) for value in values] == [
        ("admin", "试点", int(NOON.timestamp()))
    ]
    page = page_pb2.PageRequest(size=1)
    changes = await stub.ListParameterChanges(pb.ListParameterChangesRequest(key=LIMIT, page=page), metadata=chief)
    (change,) = changes.changes
    assert (change.field, change.old_value, change.new_value, change.actor.id) == (B01, "15", "30", "admin")
    back = await stub.RevertParameter(pb.RevertParameterRequest(value_id=values[0].id), metadata=admin)
    assert (back.parameter.value_json, back.parameter.origin, back.parameter.version) == ("15", "DEFAULT", 2)
    first = await stub.ListParameterChanges(pb.ListParameterChangesRequest(key=LIMIT, page=page), metadata=chief)
    assert first.page.next_cursor
    page.cursor = first.page.next_cursor
    second = await stub.ListParameterChanges(pb.ListParameterChangesRequest(key=LIMIT, page=page), metadata=chief)
    assert [each.id for each in second.changes] == [change.id]


async def test_a_wrong_value_names_its_place_and_limit(stub: Any, as_: Any, published: list[int]) -> None:
    admin = as_("admin", "administrator")
    code, reason, data = await refused(stub.SetParameter(setting(91), metadata=admin))
    assert (code, reason, data["field"], data["limit"]) == (
        "INVALID_ARGUMENT",
        "PARAMETER_TOO_LARGE",
        "value.value_json",
        "90",
    )
    wrong = pb.PreviewParameterRequest(value=pb.ParameterValue(key=LIMIT, value_json="{"))
    assert (await refused(stub.PreviewParameter(wrong, metadata=admin)))[1] == "JSON_INVALID"
    odd = pb.PreviewParameterRequest(value=pb.ParameterValue(key=LIMIT, value_json="20", effective_from="tomorrow"))
    assert (await refused(stub.PreviewParameter(odd, metadata=admin)))[1:] == (
        "DATE_INVALID",
        {"field": "value.effective_from", "value": "tomorrow"},
    )
    unknown = pb.ListParameterValuesRequest(key="toy.nothing")
    assert (await refused(stub.ListParameterValues(unknown, metadata=admin)))[0] == "NOT_FOUND"
    assert (await refused(stub.RevertParameter(pb.RevertParameterRequest(value_id="x"), metadata=admin)))[
        0
    ] == "NOT_FOUND"
    assert published == []


async def test_who_may_only_see_changes_nothing(stub: Any, as_: Any) -> None:
    for who in (as_("c01", "bureau_chief"), as_("op", "operator")):
        assert (await refused(stub.SetParameter(setting(30), metadata=who)))[0] == "PERMISSION_DENIED"
        preview = pb.PreviewParameterRequest(value=pb.ParameterValue(key=LIMIT, value_json="20"))
        assert (await refused(stub.PreviewParameter(preview, metadata=who)))[0] == "PERMISSION_DENIED"
        await stub.ListParameters(pb.ListParametersRequest(), metadata=who)
    manager = as_("m001", "customer_manager")
    assert (await refused(stub.ListParameters(pb.ListParametersRequest(), metadata=manager)))[0] == "PERMISSION_DENIED"


async def test_a_field_is_added_used_and_not_removed_until_it_is_free(stub: Any, as_: Any) -> None:
    admin = as_("admin", "administrator")
    field = pb.ExtraField(form=FORM, name="hobby", title_zh="爱好", title_en="Hobby", kind="text")
    assert (await stub.SetExtraField(pb.SetExtraFieldRequest(field=field), metadata=admin)).field == field
    assert list((await stub.ListExtraFields(pb.ListExtraFieldsRequest(), metadata=admin)).fields) == [field]
    named = pb.ParameterValue(key=COLUMNS, value_json=json.dumps([f"{FORM}/extra.hobby"]))
    await stub.SetParameter(pb.SetParameterRequest(request_id="r1", value=named), metadata=admin)
    gone = pb.DeleteExtraFieldRequest(form=FORM, name="hobby")
    code, reason, data = await refused(stub.DeleteExtraField(gone, metadata=admin))
    assert (code, reason, data["uses"]) == ("FAILED_PRECONDITION", "COLUMN_IN_USE", COLUMNS)
    uses = await stub.FindColumnUses(pb.FindColumnUsesRequest(form=FORM, column="extra.hobby"), metadata=admin)
    assert [(use.kind, use.key, use.label) for use in uses.uses] == [("PARAMETER", COLUMNS, COLUMNS)]
    named.value_json = "[]"
    await stub.SetParameter(pb.SetParameterRequest(request_id="r2", version=1, value=named), metadata=admin)
    await stub.DeleteExtraField(gone, metadata=admin)
    assert not (await stub.ListExtraFields(pb.ListExtraFieldsRequest(), metadata=admin)).fields
