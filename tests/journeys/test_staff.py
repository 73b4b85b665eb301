"""People come, move and leave: what the administrator does on the staff pages, and what each of them sees afterwards."""

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import PHONE, Branch, Visitor
from tests.journeys.office import SOON, choose, customers_of, give_customer, order_visit, reloaded_until, told, visit
from tests.rig import Rig

OWN_PASSWORD = "Yun-zhou-2026-first-day"


def test_the_first_day_of_a_new_employee(rig: Rig, branch: Branch) -> None:
    number = f"n{int(time.time()) % 1_000_000:06d}"
    admin = branch.enter("admin")
    first_password = join(admin, rig, number, "孟雨晴", "翠屏社区")
    customer = customers_of(rig, "m033", "c03")[0]
    give_customer(rig, "c03", customer, number)
    order_visit(rig, customer, "新客户回访")

    newcomer = branch.knock(number, password=first_password)
    page = newcomer.page
    expect(page.locator("#password-new")).to_be_visible()
    newcomer.shot("first-password-zh-desktop")
    page.locator("#password-new").fill(OWN_PASSWORD)
    page.locator("#password-confirm").fill(OWN_PASSWORD)
    page.locator("[type=submit]").first.click()
    page.wait_for_url(f"{rig.url}/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("孟雨晴")
    task = page.get_by_role("region", name="我的任务").get_by_role("button", name=re.compile(customer.name))
    expect(task.first).to_be_visible(timeout=SOON)
    newcomer.shot("first-day-zh-desktop")
    assert seen_customers(newcomer, rig) == [customer.name]
    for other in ("/staff", "/roles", "/audit"):
        visit(newcomer, rig, other)
        expect(page.get_by_role("link", name="孟雨晴")).to_have_count(0)
    # What the administrator was shown once opens nothing any more.
    again = branch.knock(number, password=first_password)
    expect(again.page.get_by_text("工号或密码不正确", exact=False).first).to_be_visible()
    back = branch.enter(number, password=OWN_PASSWORD, **PHONE)
    expect(back.page.get_by_role("heading", level=1)).to_contain_text("孟雨晴")
    assert newcomer.errors + back.errors + admin.errors == []


def join(admin: Visitor, rig: Rig, number: str, name: str, unit: str) -> str:
    """Takes somebody on as customer manager and answers the first password, which is shown this once."""
    page = admin.page
    visit(admin, rig, "/staff").get_by_role("button", name="入职").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("工号").fill(number)
    dialog.get_by_label("姓名").fill(name)
    choose(page, dialog.get_by_role("combobox", name="所属单位"), unit)
    dialog.get_by_label("客户经理").check()
    admin.shot("join-zh-desktop")
    dialog.get_by_role("button", name="保存并开通账号").click()
    shown = page.get_by_role("dialog", name=f"{name} 已入职").get_by_label("首次密码", exact=True)
    expect(shown).to_be_visible(timeout=SOON)
    password = shown.inner_text()
    page.get_by_role("button", name="复制").click()
    page.get_by_role("button", name="已记下").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    visit(admin, rig, f"/staff/{number}")
    expect(page.get_by_text(password)).to_have_count(0)
    return password


def seen_customers(visitor: Visitor, rig: Rig) -> list[str]:
    """Answers the names in somebody's list of customers."""
    found = visit(visitor, rig, "/customers").get_by_role("region", name="客户")
    names = found.get_by_role("row").get_by_role("cell").first
    expect(names.or_(found.get_by_text("还没有客户")).first).to_be_visible(timeout=SOON)
    return [row.get_by_role("link").first.inner_text() for row in found.get_by_role("row").all()[1:]]


def test_a_move_to_another_bureau_hands_everything_on(rig: Rig, branch: Branch) -> None:
    customer = customers_of(rig, "m035", "c03")[0]
    order_visit(rig, customer, "调动前的回访")
    moved, successor = branch.enter("m035"), branch.enter("m036")
    assert customer.name in seen_customers(moved, rig)
    admin = branch.enter("admin")
    page = admin.page
    visit(admin, rig, "/staff/m035").get_by_role("button", name="换岗").click()
    dialog = page.get_by_role("dialog")
    choose(page, dialog.get_by_role("combobox", name="所属单位"), "滨江社区")
    handover = dialog.get_by_role("region", name=re.compile("手上现有"))
    expect(handover.get_by_text("未完成任务")).to_be_visible()
    choose(page, dialog.get_by_role("combobox", name="接手人"), "m036")
    expect(handover.get_by_text("交给接手人")).to_be_visible()
    admin.shot("move-zh-desktop")
    dialog.get_by_role("button", name="换岗").click()
    told(page, "已换岗")
    expect(page.get_by_role("main").get_by_text("滨江社区").first).to_be_visible()

    visit(successor, rig, "/customers")
    reloaded_until(successor.page, successor.page.get_by_role("link", name=customer.name), within=20)
    visit(successor, rig, "/")
    reloaded_until(successor.page, home_task(successor.page, customer.name), within=20)
    assert customer.name not in seen_customers(moved, rig)
    visit(moved, rig, "/")
    expect(moved.page.get_by_role("region", name="我的任务")).to_be_visible()
    expect(home_task(moved.page, customer.name)).to_have_count(0)
    visit(moved, rig, f"/customers/{customer.id}")
    expect(moved.page.get_by_text("找不到这条记录").first).to_be_visible(timeout=SOON)
    assert moved.errors + successor.errors + admin.errors == []


def home_task(page: Page, name: str) -> Locator:
    """Finds a task about a customer on the home page."""
    return page.get_by_role("region", name="我的任务").get_by_role("button", name=re.compile(name))


def test_who_leaves_is_out_at_once_and_the_work_stays(rig: Rig, branch: Branch) -> None:
    customer = customers_of(rig, "m037", "c03")[0]
    leaver = branch.enter("m037")
    admin = branch.enter("admin")
    page = admin.page
    visit(admin, rig, "/staff/m037").get_by_role("button", name="离职").click()
    dialog = page.get_by_role("dialog")
    handover = dialog.get_by_role("region", name=re.compile("手上现有"))
    expect(handover.get_by_text("必须指定接手人")).to_be_visible()
    dialog.get_by_label("原因").fill("合同到期")
    dialog.get_by_role("button", name="办理离职").click()
    expect(dialog.get_by_role("alert").get_by_text("接手人")).to_be_visible()
    choose(page, dialog.get_by_role("combobox", name="接手人"), "m038")
    admin.shot("leave-zh-desktop")
    dialog.get_by_role("button", name="办理离职").click()
    told(page, "已离职")

    # The open page says so by itself.
    expect(leaver.page.get_by_role("dialog", name="登录已结束")).to_be_visible(timeout=SOON)
    leaver.shot("session-ended-zh-desktop")
    refused = branch.knock("m037")
    expect(refused.page.locator("#password")).to_be_visible()
    expect(refused.page.get_by_text(re.compile("停用|不正确|禁用")).first).to_be_visible()
    refused.shot("sign-in-refused-zh-desktop")
    successor = branch.enter("m038")
    visit(successor, rig, "/customers")
    reloaded_until(successor.page, successor.page.get_by_role("link", name=customer.name), within=20)
    assert leaver.errors + successor.errors + admin.errors == []
