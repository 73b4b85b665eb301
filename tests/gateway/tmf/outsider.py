"""An external system in front of TMF697: what it sends, and how every answer is held against its definition."""

from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import orjson

from tests.gateway.conftest import Suite
from tests.gateway.running import Browser

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
