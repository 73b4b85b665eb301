"""TMF697 as an outsider's acceptance test sees it: every answer fits its definition, every error is an Error."""

from typing import Any

import grpc
import pytest
from crm.dispatch.v1 import dispatch_pb2 as pb

from tests.gateway.conftest import Suite
from tests.gateway.tmf.outsider import BASE, ORDER, ask, create, fits

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_order_comes_in(suite: Suite) -> None:
    answer = await ask(suite, "POST", "/workOrder", ORDER)
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert body["href"] == answer.headers["location"] == f"{suite.browser.origin}{BASE}/workOrder/{body['id']}"
    assert (body["state"], body["@type"], body["externalId"]) == ("acknowledged", "WorkOrder", "G-1")
    assert body["unknownAttribute"] == {"kept": True}
    assert body["orderDate"].endswith("Z")
    fits("WorkOrder", body)


async def test_every_row_says_what_became_of_it(suite: Suite) -> None:
    first, second = (await create(suite))["workOrderItem"]
    assert (first["state"], second["state"]) == ("acknowledged", "rejected")
    told = first["work"]["workCharacteristic"][-1]
    assert told["name"] == "crmOutcome"
    assert told["value"]["accepted"] is True
    assert (told["value"]["reason"], told["value"]["ownerNumber"]) == ("BY_SUBSCRIBER_NUMBER", "m001")
    assert second["work"]["workCharacteristic"][-1]["value"] == {
        "accepted": False, "reason": "DUE_TIME_INVALID", "field": "due_at", "value": "soon",
    }  # fmt: skip
    assert second["note"]["text"] == "refused: DUE_TIME_INVALID (due_at: soon)"


async def test_what_dispatch_is_told(suite: Suite) -> None:
    await create(suite)
    first, second = suite.far.dispatch.inputs
    assert first == pb.WorkOrderItemInput(
        id="1", kind="care", title="降费回访", description="回访", due_at="2026-11-25T18:00:00+08:00", priority="high",
        subscriber_number="13800000001", account_number="A100", customer_number="C100", address="翠湖路1号",
    )  # fmt: skip
    assert (second.kind, second.title, second.due_at, second.customer_number) == ("retention", "x", "soon", "C100")


async def test_the_same_order_again_is_answered_as_before(suite: Suite) -> None:
    first = await ask(suite, "POST", "/workOrder", ORDER)
    again = await ask(suite, "POST", "/workOrder", dict(reversed(list(ORDER.items()))))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = await ask(suite, "POST", "/workOrder", ORDER | {"description": "another"})
    assert (other.status_code, other.json()["code"]) == (409, "EXTERNAL_ID_REUSED")
    assert len(suite.far.dispatch.orders) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"workOrderItem": None}, "workOrderItem"),
        ({"workOrderItem": []}, "workOrderItem"),
        ({"workOrderItem": {}}, "workOrderItem"),
        ({"workOrderItem": ["x"]}, "workOrderItem[0]"),
        ({"workOrderItem": [{"action": "add"}]}, "workOrderItem[0].id"),
        ({"workOrderItem": [{"id": 1, "action": "add"}]}, "workOrderItem[0].id"),
        ({"workOrderItem": [{"id": "1"}]}, "workOrderItem[0].action"),
        ({"externalId": 7}, "externalId"),
        ({"relatedParty": {}}, "relatedParty"),
        ({"note": "x"}, "note"),
        ({"requestedCompletionDate": "tomorrow"}, "requestedCompletionDate"),
    ],
)
async def test_what_is_wrong_is_named(suite: Suite, changes: dict[str, Any], field: str) -> None:
    answer = await ask(suite, "POST", "/workOrder", ORDER | changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "ATTRIBUTE_INVALID")
    assert f"field={field}" in answer.json()["message"]
    assert suite.far.dispatch.orders == {}


async def test_what_the_server_owns_cannot_be_sent(suite: Suite) -> None:
    body = await create(suite, id="mine", href="http://mine", state="completed", orderDate="2020-01-01T00:00:00Z")
    assert (body["id"] != "mine", body["state"]) == (True, "acknowledged")
    assert not body["orderDate"].startswith("2020")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 5000])
async def test_what_is_no_resource(suite: Suite, content: bytes) -> None:
    assert (await ask(suite, "POST", "/workOrder", content)).status_code == 400


async def test_errors_of_the_way(suite: Suite) -> None:
    assert (await ask(suite, "GET", "/nothing")).status_code == 404
    assert (await ask(suite, "GET", "/workOrder/")).status_code == 404
    wrong_method = await ask(suite, "PUT", "/workOrder/1", {})
    assert wrong_method.status_code == 405
    assert (await ask(suite, "POST", "/workOrder", b"<x/>", content_type="application/xml")).status_code == 415
    assert (await ask(suite, "GET", "/workOrder/no-uuid")).status_code == 404
    assert (await ask(suite, "GET", "/workOrder/0197a1b2-0000-7000-8000-000000000000")).status_code == 404
    for method, path in (("GET", "/workOrder"), ("POST", "/workOrder"), ("GET", "/workOrder/x"), ("POST", "/hub")):
        answer = await ask(suite, method, path, ORDER, token="")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_body_that_is_too_large(suite: Suite) -> None:
    answer = await ask(suite, "POST", "/workOrder", b"x" * (4 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_dispatch_away(suite: Suite) -> None:
    suite.far.dispatch.refusal = (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE", {})
    answer = await ask(suite, "POST", "/workOrder", ORDER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_person_is_no_outside_system(suite: Suite) -> None:
    await suite.browser.sign_in()
    answer = await suite.browser.get(f"{BASE}/workOrder")
    assert answer.status_code == 401


async def test_the_hub_says_that_it_is_not_offered(suite: Suite) -> None:
    assert (await ask(suite, "POST", "/hub", {"callback": "http://x"})).status_code == 501
    assert (await ask(suite, "DELETE", "/hub/1")).status_code == 501
