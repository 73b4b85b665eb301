"""Patches, states, removals and cancellations of a work order."""

from typing import Any

import orjson
import pytest

from tests.gateway.conftest import Suite
from tests.gateway.tmf.outsider import ORDER, ask, create, fits

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
