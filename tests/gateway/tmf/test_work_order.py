"""TMF697 as an outsider's acceptance test sees it: every answer fits its definition, every error is an Error."""

from pathlib import Path
from typing import Any

import grpc
import httpx
import jsonschema_rs
import orjson
import pytest
from crm.dispatch.v1 import dispatch_pb2 as pb

from tests.gateway.conftest import Suite
from tests.gateway.running import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")
BASE = "/tmf-api/workOrderManagement/v4"
DEFINITIONS = Path(__file__).parents[4] / "shared" / "tmf" / "TMF697-WorkOrderManagement-v4.0.0.swagger.json"
MACHINE = "Bearer the-token-of-gnet"

ORDER: dict[str, Any] = {
    "externalId": "G-1",
    "category": "retention",
    "description": "回访",
    "priority": "high",
    "requestedCompletionDate": "2026-11-25T18:00:00+08:00",
    "unknownAttribute": {"kept": True},
    "relatedParty": [{"id": "C100", "role": "customer", "@referredType": "Customer"}],
    "workOrderItem": [
        {
            "id": "1",
            "action": "add",
            "billingAccount": {"id": "A100"},
            "work": {
                "name": "降费回访",
                "workType": "care",
                "workCharacteristic": [{"name": "subscriberNumber", "value": "13800000001"}],
                "place": [{"role": "installationAddress", "name": "翠湖路1号", "@type": "GeographicAddress"}],
            },
        },
        {"id": "2", "action": "add", "work": {"name": "x", "workCharacteristic": [{"name": "dueAt", "value": "soon"}]}},
    ],
}


def fits(definition: str, body: Any) -> None:
    """Checks an answer against TM Forum's own definition, where it lies beside the project."""
    if not DEFINITIONS.exists():
        return
    document = orjson.loads(DEFINITIONS.read_bytes())
    schema = {"$ref": f"#/definitions/{definition}", "definitions": document["definitions"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(body)


async def ask(
    suite: Suite, method: str, path: str, body: Any = None, *, token: str = MACHINE, **headers: str
) -> httpx.Response:
    sent = {"authorization": token, "content_type": "application/json;charset=utf-8", **headers}
    content = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
    given = {name: value for name, value in sent.items() if value}
    browser = Browser(suite.browser.origin)
    answer = await browser._ask(method, BASE + path, given, content)  # pyright: ignore[reportPrivateUsage]  # other methods
    if answer.status_code >= 400:
        fits("Error", answer.json())
        assert answer.json()["@type"] == "Error"
        assert answer.json()["status"] == str(answer.status_code)
    return answer


async def create(suite: Suite, **changes: Any) -> dict[str, Any]:
    answer = await ask(suite, "POST", "/workOrder", ORDER | changes)
    assert answer.status_code == 201
    return answer.json()


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


async def test_one_order_and_selected_attributes(suite: Suite) -> None:
    created = await create(suite)
    answer = await ask(suite, "GET", f"/workOrder/{created['id']}")
    assert (answer.status_code, answer.json()) == (200, created)
    some = await ask(suite, "GET", f"/workOrder/{created['id']}?fields=state,nothing")
    assert some.json() == {name: created[name] for name in ("id", "href", "state")}
    none = await ask(suite, "GET", f"/workOrder/{created['id']}?fields=none")
    assert none.json().keys() == {"id", "href"}


async def test_a_page_of_orders(suite: Suite) -> None:
    for number in range(5):
        await create(suite, externalId=f"G-{number}")
    answer = await ask(suite, "GET", "/workOrder?offset=2&limit=2&state=acknowledged")
    assert [row["externalId"] for row in answer.json()] == ["G-2", "G-3"]
    assert (answer.headers["x-total-count"], answer.headers["x-result-count"]) == ("5", "2")
    url = f"{suite.browser.origin}{BASE}/workOrder?state=acknowledged"
    assert set(answer.headers["link"].split(", ")) == {
        f'<{url}&offset=0&limit=2>; rel="first"', f'<{url}&offset=4&limit=2>; rel="last"',
        f'<{url}&offset=0&limit=2>; rel="prev"', f'<{url}&offset=4&limit=2>; rel="next"',
    }  # fmt: skip
    for row in answer.json():
        fits("WorkOrder", row)
    beyond = await ask(suite, "GET", "/workOrder?offset=99")
    assert (beyond.status_code, beyond.json(), beyond.headers["x-total-count"]) == (200, [], "5")
    count = await ask(suite, "GET", "/workOrder?limit=0")
    assert (count.json(), count.headers["x-total-count"]) == ([], "5")


def asked(suite: Suite) -> list[tuple[str, str, list[str]]]:
    return [(each.attribute, each.operator, list(each.values)) for each in suite.far.dispatch.listed.filters]


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("state=acknowledged,held", [("state", "eq", ["acknowledged", "held"])]),
        ("state=a;state=b", [("state", "eq", ["a", "b"])]),
        ("state=a&state=b", [("state", "eq", ["a", "b"])]),
        ("orderDate.gt=2026-01-01T00:00:00Z", [("orderDate", "gt", ["2026-01-01T00:00:00Z"])]),
        ("orderDate%3E%3D2026-01-01T00:00:00%2B08:00", [("orderDate", "gte", ["2026-01-01T00:00:00+08:00"])]),
        ("orderDate=2026-01-01T00:00:00+08:00", [("orderDate", "eq", ["2026-01-01T00:00:00+08:00"])]),
        ("orderDate%3C5", [("orderDate", "lt", ["5"])]),
        ("description=a+b", [("description", "eq", ["a b"])]),
        ("description.regex=a,b", [("description", "regex", ["a,b"])]),
        ("description*=x", [("description", "regex", ["x"])]),
        ("%40type=WorkOrder", [("@type", "eq", ["WorkOrder"])]),
        ("relatedParty.id=42", [("relatedParty.id", "eq", ["42"])]),
        ("expand=a&depth=2", []),
    ],
)
async def test_conditions(suite: Suite, query: str, conditions: list[tuple[str, str, list[str]]]) -> None:
    assert (await ask(suite, "GET", f"/workOrder?{query}")).status_code == 200
    assert asked(suite) == conditions


async def test_sorting(suite: Suite) -> None:
    await ask(suite, "GET", "/workOrder?sort=-orderDate,+externalId")
    assert list(suite.far.dispatch.listed.sort) == ["-orderDate", "+externalId"]


@pytest.mark.parametrize("query", ["offset=-1", "limit=x", "limit=", "colour=red", "nothing", "offset=1e3"])
async def test_queries_that_cannot_be_meant(suite: Suite, query: str) -> None:
    assert (await ask(suite, "GET", f"/workOrder?{query}")).status_code == 400


async def test_a_jsonpath_filter_is_not_offered(suite: Suite) -> None:
    assert (await ask(suite, "GET", "/workOrder?filter=$[?(@.state=='x')]")).status_code == 501


async def test_a_merge_patch(suite: Suite) -> None:
    created = await create(suite)
    path = f"/workOrder/{created['id']}"
    for kind in ("application/merge-patch+json", "application/json"):
        patch = {"description": kind, "unknownAttribute": {"more": 1}, "priority": None}
        answer = await ask(suite, "PATCH", path, patch, content_type=kind)
        assert answer.status_code == 200
        assert (answer.json()["description"], "priority" in answer.json()) == (kind, False)
        assert answer.json()["unknownAttribute"] == {"kept": True, "more": 1}
        fits("WorkOrder", answer.json())


async def test_a_json_patch_is_whole_or_nothing(suite: Suite) -> None:
    created = await create(suite)
    path, kind = f"/workOrder/{created['id']}", "application/json-patch+json"
    good = [
        {"op": "test", "path": "/state", "value": "acknowledged"},
        {"op": "replace", "path": "/description", "value": "n"},
    ]
    assert (await ask(suite, "PATCH", path, good, content_type=kind)).json()["description"] == "n"
    failed = [
        {"op": "replace", "path": "/description", "value": "m"},
        {"op": "test", "path": "/state", "value": "held"},
    ]
    assert (await ask(suite, "PATCH", path, failed, content_type=kind)).status_code == 409
    bad_patches: tuple[Any, ...] = (
        {},
        [],
        ["x"],
        [{"op": "fly", "path": "/x"}],
        [{"op": "remove", "path": "/nothing"}],
        [{"op": "replace", "path": "", "value": 1}],
    )
    for bad in bad_patches:
        assert (await ask(suite, "PATCH", path, bad, content_type=kind)).status_code == 400
    assert (await ask(suite, "GET", path)).json()["description"] == "n"
    query_patch = "application/json-patch-query+json"
    assert (await ask(suite, "PATCH", path, [], content_type=query_patch)).status_code == 415


@pytest.mark.parametrize(
    "patch",
    [
        {"id": "x"}, {"href": "http://x"}, {"@type": "X"}, {"@baseType": "X"}, {"@schemaLocation": "http://x"},
        {"orderDate": "2020-01-01T00:00:00Z"}, {"stateChangeDate": None}, {"externalId": "G-2"}, {"workOrderItem": []},
        {"workOrderItem": [{"id": "9", "action": "add"}]}, {"state": "flying"}, {"state": None}, {"description": 5},
    ],
)  # fmt: skip
async def test_what_cannot_be_patched(suite: Suite, patch: dict[str, Any]) -> None:
    created = await create(suite)
    answer = await ask(suite, "PATCH", f"/workOrder/{created['id']}", patch)
    assert answer.status_code == 400
    assert (await ask(suite, "GET", f"/workOrder/{created['id']}")).json() == created


async def test_what_was_read_can_be_sent_back(suite: Suite) -> None:
    created = await create(suite)
    answer = await ask(suite, "PATCH", f"/workOrder/{created['id']}", created | {"description": "n"})
    assert answer.status_code == 200
    kept = orjson.loads(next(iter(suite.far.dispatch.orders.values())).document_json)
    assert kept == ORDER | {"description": "n", "@type": "WorkOrder"}


async def test_states(suite: Suite) -> None:
    created = await create(suite)
    path = f"/workOrder/{created['id']}"
    forbidden = await ask(suite, "PATCH", path, {"state": "completed"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (409, "STATE_TRANSITION_FORBIDDEN")
    cancelled = (await ask(suite, "PATCH", path, {"state": "cancelled", "cancellationReason": "客户取消"})).json()
    assert (cancelled["state"], cancelled["cancellationReason"]) == ("cancelled", "客户取消")
    assert "cancellationDate" in cancelled
    assert {item["state"] for item in cancelled["workOrderItem"]} == {"cancelled"}
    again = await ask(suite, "PATCH", path, {"state": "cancelled"})
    assert again.status_code == 200


async def test_a_stale_patch(suite: Suite) -> None:
    created = await create(suite)
    path = f"/workOrder/{created['id']}"
    tag = (await ask(suite, "GET", path)).headers["etag"]
    assert (await ask(suite, "PATCH", path, {"description": "a"}, if_match=tag)).status_code == 200
    stale = await ask(suite, "PATCH", path, {"description": "b"}, if_match=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "IF_MATCH_FAILED")


async def test_removing(suite: Suite) -> None:
    created = await create(suite)
    path = f"/workOrder/{created['id']}"
    forbidden = await ask(suite, "DELETE", path)
    assert (forbidden.status_code, forbidden.json()["code"]) == (409, "WORK_ORDER_HAS_OPEN_TASKS")
    await ask(suite, "PATCH", path, {"state": "cancelled"})
    gone = await ask(suite, "DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await ask(suite, "GET", path)).status_code == 404
    assert (await ask(suite, "DELETE", path)).status_code == 404


async def test_cancelling(suite: Suite) -> None:
    created, other = await create(suite), await create(suite, externalId="G-2")
    body = {
        "workOrder": {"id": created["id"]},
        "cancellationReason": "重复",
        "requestedCancellationDate": "2026-11-22T10:00:00Z",
    }
    answer = await ask(suite, "POST", "/cancelWorkOrder", body)
    shown = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, shown["href"])
    assert (shown["state"], shown["cancellationReason"]) == ("done", "重复")
    assert shown["requestedCancellationDate"] == "2026-11-22T10:00:00Z"
    assert shown["workOrder"]["href"] == created["href"]
    fits("CancelWorkOrder", shown)
    assert (await ask(suite, "GET", f"/cancelWorkOrder/{shown['id']}")).json() == shown
    assert (await ask(suite, "GET", f"/cancelWorkOrder/{other['id']}")).status_code == 404
    listed = await ask(suite, "GET", "/cancelWorkOrder?fields=state")
    assert listed.json() == [{"id": shown["id"], "href": shown["href"], "state": "done"}]
    assert listed.headers["x-total-count"] == "1"
    assert (await ask(suite, "GET", "/cancelWorkOrder?colour=red")).status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"workOrder": "x"}, {"workOrder": {}}, {"workOrder": {"id": "x"}, "cancellationReason": 5}]
)
async def test_a_cancellation_of_nothing(suite: Suite, body: dict[str, Any]) -> None:
    assert (await ask(suite, "POST", "/cancelWorkOrder", body)).status_code == 400


async def test_a_cancellation_too_late(suite: Suite) -> None:
    created = await create(suite)
    suite.far.dispatch.orders[created["id"]].state = "completed"
    answer = await ask(suite, "POST", "/cancelWorkOrder", {"workOrder": {"id": created["id"]}})
    assert (answer.status_code, answer.json()["code"]) == (409, "WORK_ORDER_ENDED")


async def test_the_hub_says_that_it_is_not_offered(suite: Suite) -> None:
    assert (await ask(suite, "POST", "/hub", {"callback": "http://x"})).status_code == 501
    assert (await ask(suite, "DELETE", "/hub/1")).status_code == 501
