"""Files stream through in pieces and are never held."""

import psutil
import pytest

from tests.gateway.conftest import Suite
from tests.gateway.running import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


MACHINE = "Bearer a-machines-token"


async def test_an_upload_arrives_whole(suite: Suite) -> None:
    content = b"x" * (3 * 1024 * 1024 + 17)
    answer = await Browser(suite.browser.origin).post(
        "/files/imports?form=customer&name=客户.csv", content, authorization=MACHINE, x_request_id="r1"
    )
    assert answer.status_code == 200
    assert answer.json() == {"id": "j1", "name": "客户.csv", "state": "STATE_WAITING"}
    customer = suite.far.customer
    assert (customer.size, customer.file.request_id, customer.file.form) == (len(content), "r1", 1)
    assert customer.largest <= 1024 * 1024


async def test_an_upload_is_not_held(suite: Suite) -> None:
    async def parts() -> object:
        for _ in range(200):
            yield b"x" * (1024 * 1024)

    process = psutil.Process()
    before = process.memory_info().rss
    browser = Browser(suite.browser.origin)
    answer = await browser.post("/files/imports?form=account&name=a.csv", parts(), authorization=MACHINE)  # pyright: ignore[reportArgumentType]  # in pieces
    assert answer.status_code == 200
    assert suite.far.customer.size == 200 * 1024 * 1024
    assert process.memory_info().rss - before < 100 * 1024 * 1024


@pytest.mark.parametrize("changes", [{"upload_limit": 1024 * 1024}])
async def test_a_file_that_is_too_large(lone_suite: Suite) -> None:
    async def parts() -> object:
        for _ in range(30):
            yield b"x" * (100 * 1024)

    browser = Browser(lone_suite.browser.origin)
    for content in (b"x" * (1024 * 1024 + 1), parts()):
        answer = await browser.post("/files/imports?form=customer&name=a.csv", content, authorization=MACHINE)  # pyright: ignore[reportArgumentType]  # both kinds
        assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
        assert answer.json()["data"] == {"limit": "1048576"}


async def test_a_refusal_in_the_middle_is_answered(suite: Suite) -> None:
    suite.far.customer.refuse_at = 1024 * 1024
    answer = await Browser(suite.browser.origin).post(
        "/files/imports?form=customer&name=a.csv", b"x" * (8 * 1024 * 1024), authorization=MACHINE
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")


async def test_a_form_nobody_knows(suite: Suite) -> None:
    answer = await Browser(suite.browser.origin).post("/files/imports?form=x", b"", authorization=MACHINE)
    assert (answer.status_code, answer.json()["code"]) == (400, "IMPORT_FORM_UNKNOWN")
    assert "customer, account" in answer.json()["message"]


async def test_an_upload_by_cookie_must_be_ours(suite: Suite) -> None:
    await suite.browser.sign_in()
    answer = await suite.browser.post("/files/imports?form=customer", b"", origin=suite.browser.origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_TOKEN_INVALID")
    assert suite.far.customer.file.request_id == ""


async def test_refused_rows_come_back_as_a_file(suite: Suite) -> None:
    await suite.browser.sign_in()
    answer = await suite.browser.get("/files/imports/j1/errors")
    assert answer.text == "编号,原因\n7,NUMBER_MISSING\n"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''errors.csv"
    missing = await suite.browser.get("/files/imports/j2/errors")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def test_an_export_comes_down_as_a_file(suite: Suite) -> None:
    await suite.browser.sign_in()
    answer = await suite.browser.get("/files/exports/customer/e1?name=客户.xlsx")
    assert (answer.status_code, answer.content) == (200, b"PK\x03\x04rows")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%AE%A2%E6%88%B7.xlsx"
    assert "no-store" in answer.headers["cache-control"]


async def test_an_export_of_somebody_else_or_of_nobody(suite: Suite) -> None:
    await suite.browser.sign_in()
    missing = await suite.browser.get("/files/exports/customer/e2")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    nowhere = await suite.browser.get("/files/exports/assessment/e1")
    assert (nowhere.status_code, nowhere.json()["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    stranger = await Browser(suite.browser.origin).get("/files/exports/customer/e1")
    assert stranger.status_code == 401
