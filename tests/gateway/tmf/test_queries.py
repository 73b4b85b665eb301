"""What an outsider asks of a collection: attributes, conditions, order, pages (TMF630)."""

import pytest

from tests.gateway.conftest import Suite
from tests.gateway.tmf.outsider import BASE, ask, create, fits

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
