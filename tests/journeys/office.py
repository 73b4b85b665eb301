"""What the journeys through the office have in common: pages by their address, fields by their label, work to hand on."""

import re
import time

from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visitor
from tests.person import Person
from tests.rig import Rig

CUSTOMERS = "crm.customer.v1.CustomerService"
TASKS = "crm.dispatch.v1.DispatchService"
# A change of rules, people or work reaches every service within five seconds; the page is looked at again until then.
SOON = 20_000


def visit(visitor: Visitor, rig: Rig, path: str) -> Locator:
    """Opens a page by its address and answers its main part."""
    visitor.page.goto(rig.url + path)
    return visitor.page.get_by_role("main")


def choose(page: Page, field: Locator, text: str) -> None:
    """Types into a field with suggestions and takes the first that has the text."""
    field.click()
    field.fill(text)
    page.locator(".ant-select-item-option:visible", has_text=text).first.click()


def told(page: Page, text: str) -> None:
    """Waits until the page says that it is done."""
    expect(page.get_by_text(re.compile(text)).first).to_be_visible(timeout=SOON)


def reloaded_until(page: Page, sight: Locator, *, there: bool = True, within: float = 5.0) -> None:
    """Reloads the page until something is (or is no longer) in sight; fails once the time is over."""
    deadline = time.monotonic() + within
    while True:
        page.reload()
        page.get_by_role("main").wait_for()
        expect(page.get_by_role("main").get_by_role("status", name="正在加载…")).to_have_count(0, timeout=SOON)
        if (sight.count() > 0) is there:
            return
        assert time.monotonic() < deadline, f"not seen within {within} s: {sight}"


def customers_of(rig: Rig, number: str, asked_by: str) -> list[customer_pb2.Customer]:
    """Answers the customers somebody answers for."""
    with Person(rig.url, asked_by, rig.password) as person:
        request = customer_pb2.ListCustomersRequest(owner_number=number)
        return list(person.call(f"{CUSTOMERS}/ListCustomers", request, customer_pb2.ListCustomersResponse).customers)


def give_customer(rig: Rig, chief: str, customer: customer_pb2.Customer, number: str) -> None:
    """Lets the bureau chief give a customer to somebody."""
    wanted = customer_pb2.UpdateCustomerRequest(
        id=customer.id,
        version=customer.version,
        customer=customer_pb2.Customer(owner_number=number),
        fields=["owner_number"],
    )
    with Person(rig.url, chief, rig.password) as person:
        person.call(f"{CUSTOMERS}/UpdateCustomer", wanted, customer_pb2.UpdateCustomerResponse)


def order_visit(rig: Rig, customer: customer_pb2.Customer, title: str) -> dispatch_pb2.Task:
    """Lets the dispatcher order something for a customer, due within the hour."""
    request = dispatch_pb2.CreateTaskRequest(
        request_id=f"{title} {time.time_ns()}",
        kind=dispatch_pb2.TASK_KIND_CARE,
        title=title,
        customer_id=customer.id,
        due_at=Timestamp(seconds=int(time.time()) + 1800),
    )
    with Person(rig.url, "dispatcher", rig.password) as person:
        return person.call(f"{TASKS}/CreateTask", request, dispatch_pb2.CreateTaskResponse).task


def at_unit(visitor: Visitor, rig: Rig, title: str, unit: str) -> Locator:
    """Shows a parameter as it holds at a unit; answers its part of the page."""
    main = visit(visitor, rig, "/parameters")
    choose(visitor.page, main.get_by_role("combobox", name="适用单位"), unit)
    main.get_by_role("textbox", name="参数名称").fill(title)
    main.get_by_role("button", name=re.compile(title)).first.click()
    pane = main.get_by_role("region", name=title)
    expect(pane.get_by_text(unit, exact=True).first).to_be_visible(timeout=SOON)
    return pane


def set_value(admin: Visitor, rig: Rig, title: str, unit: str, value: str) -> None:
    """Sets a number for a unit from today on; what would change is shown before."""
    page = admin.page
    at_unit(admin, rig, title, unit).get_by_role("button", name="修改", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("值", exact=True).fill(value)
    changes = dialog.get_by_role("region", name="保存后")
    expect(changes.get_by_text(re.compile("个单位的值会改变"))).to_be_visible(timeout=SOON)
    admin.shot("parameter-set-zh-desktop")
    dialog.get_by_role("button", name="保存").click()
    told(page, "已保存")
    expect(page.get_by_role("dialog")).to_have_count(0)
