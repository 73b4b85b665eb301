"""What was given up, in an operator's browser: an answer the older system did not take for a while, and an event nobody can take."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from crm.dispatch.v1 import dispatch_pb2
from crm.operations.v1 import dead_letters_pb2
from playwright.sync_api import Locator, expect

from chassis.ids import new_id
from tests.journeys.conftest import PHONE, Branch
from tests.journeys.office import SOON, told, visit
from tests.journeys.older_order import effects, gnet_tasks
from tests.person import CallRefused, Person
from tests.rig import Rig

TASKS = "crm.dispatch.v1.DispatchService"
LETTERS = "dispatch/crm.operations.v1.DeadLetterService"
PAGE = "/operations?view=letters"
A_MINUTE = 60_000


@pytest.fixture
def out_of_order(rig: Rig) -> Iterator[None]:
    """The older system answers nothing but 503, until the test says otherwise; afterwards it behaves."""
    behave(rig, "fail")
    yield
    behave(rig, "ok")


def behave(rig: Rig, mode: str) -> None:
    httpx.post(f"{rig.gnet_url}/behaviour", json={"mode": mode}, timeout=10).raise_for_status()


def given_up(rig: Rig) -> dispatch_pb2.Task:
    """Ends a task of the older system and waits until its answer is given up."""
    with Person(rig.url, "m001", rig.password) as person:
        task = gnet_tasks(person)[-1]
        request = dispatch_pb2.CancelTaskRequest(id=task.id, version=task.version, reason="客户已搬走")
        person.call(f"{TASKS}/CancelTask", request, dispatch_pb2.CancelTaskResponse)
        deadline = time.monotonic() + 60
        while write_back_of(person, task.id) != dispatch_pb2.WRITE_BACK_STATE_FAILED:
            assert time.monotonic() < deadline, "it was not given up"
            time.sleep(0.5)
    return task


def write_back_of(person: Person, task_id: str) -> int:
    found = person.call(f"{TASKS}/GetTask", dispatch_pb2.GetTaskRequest(id=task_id), dispatch_pb2.GetTaskResponse)
    return found.task.write_back


def letter_of(main: Locator, text: str) -> Locator:
    return main.locator("li[data-letter]", has_text=text)


def bury(rig: Rig) -> str:
    """An event nobody can read, as the consumer lays it down after its last try; answers its id."""
    event_id = new_id()
    columns = "id, consumer, event_id, subject, payload, headers, error, state, received_at, tries, last_tried_at"
    with rig.database("dispatch") as connection:
        connection.execute(
            f"INSERT INTO dead_letters ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, 'dead', now(), 8, now())",  # noqa: S608  our own words
            (
                new_id(),
                "dispatch-customer-customer-changed-v1",
                event_id,
                "crm.customer.customer.changed.v1",
                b"\xff\xffname 13800000000",
                '{"ce-type": "crm.customer.v1.CustomersChanged"}',
                "DecodeError('Error parsing message')",
            ),
        )
    return event_id


@pytest.mark.usefixtures("out_of_order")
def test_an_answer_given_up_is_sent_again_once_the_older_system_is_well(rig: Rig, branch: Branch) -> None:
    task = given_up(rig)
    manager = branch.enter("m001")
    main = visit(manager, rig, f"/tasks/{task.id}")
    expect(main.get_by_role("note").filter(has_text="运维可以再次发送")).to_be_visible(timeout=SOON)
    expect(main.get_by_role("link", name="查看死信")).to_have_count(0)
    operator = branch.enter("operator")
    page = operator.page
    main = visit(operator, rig, "/operations")
    alert = main.locator("[data-rule=dead_letters][data-part=dispatch]")
    expect(alert).to_be_visible(timeout=A_MINUTE)
    alert.get_by_role("link", name="查看死信").click()
    letter = letter_of(main, task.external_id)
    expect(letter).to_contain_text("HTTP 503", timeout=SOON)
    expect(letter).to_contain_text(re.compile("已试 [2-9] 次"))
    letter.get_by_role("button", expanded=False).first.click()
    expect(letter).to_contain_text(task.id)
    operator.shot("dead-letters-zh-desktop")
    behave(rig, "ok")
    letter.get_by_role("button", name="重试").click()
    page.get_by_role("dialog").get_by_role("button", name="重试", exact=True).dblclick()
    told(page, "1 条已重新处理")
    expect(letter).to_have_count(0, timeout=SOON)
    deadline = time.monotonic() + 30
    while not effects(rig, task.external_id):
        assert time.monotonic() < deadline, "the older system was not told"
        time.sleep(0.3)
    time.sleep(2)
    assert [effect["outcome"] for effect in effects(rig, task.external_id)] == ["cancelled"]
    expect(visit(manager, rig, f"/tasks/{task.id}").get_by_text("已回写").first).to_be_visible(timeout=SOON)
    assert (manager.errors, operator.errors) == ([], [])


def test_an_event_nobody_can_read_fails_again_and_is_put_away_with_a_reason(rig: Rig, branch: Branch) -> None:
    event_id = bury(rig)
    operator = branch.enter("operator", **PHONE)
    page = operator.page
    main = visit(operator, rig, f"{PAGE}&part=dispatch")
    letter = letter_of(main, "crm.customer.customer.changed.v1")
    expect(letter).to_contain_text("已试 8 次", timeout=SOON)
    operator.shot("dead-letters-zh-phone")
    letter.get_by_role("button", name="重试").click()
    page.get_by_role("dialog").get_by_role("button", name="重试", exact=True).click()
    told(page, "1 条没有成功")
    expect(letter).to_contain_text("已试 9 次", timeout=SOON)
    letter.get_by_role("button", name="作废").click()
    away = page.get_by_role("dialog").get_by_role("button", name="作废", exact=True)
    expect(away).to_be_disabled()
    page.get_by_role("dialog").get_by_label("理由").fill("发送方的程序有错，已更正")
    operator.shot("dead-letters-reason-zh-phone")
    away.click()
    told(page, "1 条已作废")
    expect(letter).to_have_count(0, timeout=SOON)
    expect(main.get_by_text("派单没有死信")).to_be_visible()
    with rig.database("dispatch") as connection:
        asked = "SELECT c.actor_id, c.field, c.new_value FROM changes c JOIN dead_letters d ON d.id = c.record_id"
        rows = connection.execute(f"{asked} WHERE d.event_id = %s ORDER BY c.id", (event_id,)).fetchall()
    assert rows == [("operator", "state", "discarded"), ("operator", "reason", "发送方的程序有错，已更正")]
    assert operator.errors == []


def test_others_see_and_do_nothing_of_it(rig: Rig) -> None:
    some = new_id()
    calls = {
        "ListDeadLetters": (dead_letters_pb2.ListDeadLettersRequest(), dead_letters_pb2.ListDeadLettersResponse),
        "ReplayDeadLetters": (
            dead_letters_pb2.ReplayDeadLettersRequest(ids=[some]),
            dead_letters_pb2.ReplayDeadLettersResponse,
        ),
        "DiscardDeadLetters": (
            dead_letters_pb2.DiscardDeadLettersRequest(ids=[some], reason="x"),
            dead_letters_pb2.DiscardDeadLettersResponse,
        ),
    }
    for number in ("m001", "dispatcher"):
        with Person(rig.url, number, rig.password) as person:
            for name, (request, answer) in calls.items():
                with pytest.raises(CallRefused) as caught:
                    person.call(f"{LETTERS}/{name}", request, answer)
                assert (caught.value.status, caught.value.reason) == (403, "PERMISSION_DENIED")
