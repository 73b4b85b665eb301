"""A customer is edited by two people at once, and goes to another owner; what is closed to a person stays closed in the form."""

import re

from crm.customer.v1 import customer_pb2
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import PHONE, Branch, Visitor
from tests.journeys.office import SOON, choose, customers_of, reloaded_until, told, visit
from tests.rig import Rig

MANAGER, TAKER, CHIEF = "m001", "m002", "c01"
MASKED = re.compile(r"^\d{3}\*{4}\d{4}$")


def opened(visitor: Visitor, rig: Rig, customer: customer_pb2.Customer, button: str) -> Locator:
    """Opens the dialog behind a button of the customer's page."""
    visit(visitor, rig, f"/customers/{customer.id}").get_by_role("button", name=button, exact=True).click(timeout=SOON)
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=SOON)
    return dialog


def saved(page: Page) -> None:
    """Waits until the dialog is gone and the page says why."""
    told(page, "已保存")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_two_people_edit_a_customer_and_neither_overwrites_the_other(rig: Rig, branch: Branch) -> None:
    customer = customers_of(rig, MANAGER, MANAGER)[0]
    manager, chief = branch.enter(MANAGER), branch.enter(CHIEF)
    theirs = opened(chief, rig, customer, "修改资料")
    # What is masked for the chief stands there as it is, and cannot be written over.
    phone = theirs.get_by_label("电话", exact=True)
    expect(phone).to_have_value(MASKED, timeout=SOON)
    expect(phone).to_be_disabled()
    expect(theirs.get_by_role("button", name="保存")).to_be_disabled()
    chief.shot("customer-edit-zh-desktop")
    mine = opened(manager, rig, customer, "修改资料")
    expect(mine.get_by_label("电话", exact=True)).to_be_enabled(timeout=SOON)
    note, address = f"下月到期 {customer.version}", f"翠湖路{customer.version}号3单元"

    mine.get_by_label("备注").fill(note)
    mine.get_by_role("button", name="保存").click()
    saved(manager.page)

    group = "大客户" if customer.group != customer_pb2.CUSTOMER_GROUP_KEY_ACCOUNT else "公众"
    theirs.get_by_role("radiogroup", name="客户群").get_by_role("radio", name=group).check()
    theirs.get_by_role("button", name="保存").click()
    expect(theirs.get_by_role("status").get_by_text(re.compile("刚刚改了备注"))).to_be_visible(timeout=SOON)
    chief.shot("customer-edit-missed-zh-desktop")
    theirs.get_by_role("button", name="保存").click()
    saved(chief.page)

    main = visit(manager, rig, f"/customers/{customer.id}")
    expect(main.get_by_text(note).first).to_be_visible(timeout=SOON)
    expect(main.get_by_text(group, exact=True).first).to_be_visible()
    history = main.locator("section").filter(has=manager.page.get_by_role("heading", name="历史记录"))
    expect(history.get_by_text(re.compile("备注")).first).to_be_visible()

    # The same on a phone, in English.
    small = branch.enter(MANAGER, language="en", **PHONE)
    dialog = opened(small, rig, customer, "Edit")
    dialog.get_by_label("Address", exact=True).fill(address)
    small.shot("customer-edit-en-phone")
    dialog.get_by_role("button", name="Save").click()
    told(small.page, "Saved")
    expect(small.page.get_by_text(address).first).to_be_visible(timeout=SOON)
    assert manager.errors + chief.errors + small.errors == []


def test_a_customer_goes_to_another_owner_and_back(rig: Rig, branch: Branch) -> None:
    customer = customers_of(rig, MANAGER, MANAGER)[1]
    manager, chief = branch.enter(MANAGER), branch.enter(CHIEF)
    seen = visit(manager, rig, f"/customers/{customer.id}").get_by_role("button", name="变更包保", exact=True)
    expect(seen).to_be_visible(timeout=SOON)

    give(chief, rig, customer, TAKER)
    assert customer.id in {one.id for one in customers_of(rig, TAKER, TAKER)}
    # It is no longer the first manager's to see, also where the page is open.
    reloaded_until(manager.page, seen, there=False, within=20)

    give(chief, rig, customer, MANAGER)
    assert customer.id in {one.id for one in customers_of(rig, MANAGER, MANAGER)}
    assert manager.errors + chief.errors == []


def give(chief: Visitor, rig: Rig, customer: customer_pb2.Customer, number: str) -> None:
    """The chief gives a customer to somebody, and the page shows whose it is."""
    dialog = opened(chief, rig, customer, "变更包保")
    choose(chief.page, dialog.get_by_role("combobox", name="包保经理"), number)
    chief.shot("customer-owner-zh-desktop")
    dialog.get_by_role("button", name="变更", exact=True).click()
    told(chief.page, "的包保已变更")
    expect(chief.page.get_by_role("main").get_by_text(re.compile(f"· {number}$")).first).to_be_visible(timeout=SOON)
