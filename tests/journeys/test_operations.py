"""An operator's look at the suite: everything is well, a slow call opens as a waterfall, a part that stops is named."""

import os
import re
import signal

import psutil
import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Branch
from tests.journeys.office import visit
from tests.journeys.test_screens import CODE, DEVICES, troubles
from tests.rig import Rig

VIEWS = {
    "operations": "/operations",
    "operations-calls": "/operations?view=calls",
    "operations-traces": "/operations?view=traces",
    "operations-logs": "/operations?view=logs",
    "operations-letters": "/operations?view=letters",
}
A_MINUTE = 60_000


def test_an_operator_sees_health_opens_a_slow_call_and_is_told_of_a_part_that_stopped(rig: Rig, branch: Branch) -> None:
    visitor = branch.enter("operator")
    page = visitor.page
    page.get_by_role("navigation").first.get_by_role("link", name="运行监控").click()
    main = page.get_by_role("main")
    parts = main.get_by_role("list", name="各部件")
    for part in ("门户网关", "派单", "客户档案", "数据库", "消息服务", "登录服务"):
        expect(parts.get_by_role("heading", name=re.compile(f"^{part}"))).to_be_visible(timeout=20_000)
    expect(parts.locator("[data-part=dispatch]")).to_contain_text("正常", timeout=A_MINUTE)
    main.get_by_role("button", name="调用", exact=True).click()
    call = main.get_by_role("link", name="CreateWorkOrder").or_(main.get_by_role("link", name="GenerateTasks"))
    call.first.click(timeout=20_000)
    expect(page).to_have_url(re.compile("view=traces"))
    visit(visitor, rig, "/operations?view=traces").locator("a[href*='/operations/traces/']").first.click(
        timeout=A_MINUTE
    )
    steps = main.locator("ol button")
    expect(steps.first).to_be_visible()
    steps.first.click()
    expect(main.get_by_text("自身用时")).to_be_visible()
    visitor.shot("operations-trace")
    visit(visitor, rig, "/operations")
    os.kill(rig.pids()["dispatch"], signal.SIGKILL)
    alert = main.locator("[data-part=dispatch][data-rule]").first
    expect(alert).to_be_visible(timeout=A_MINUTE)
    expect(alert).to_contain_text("派单")
    visitor.shot("operations-alert")
    main.get_by_role("button", name=re.compile("^告警")).click()
    expect(main.locator("[data-part=dispatch][data-rule=part_crashed]").first).to_be_visible(timeout=A_MINUTE)
    visitor.shot("operations-alerts")
    expect(visit(visitor, rig, "/operations").locator("[data-part=dispatch][data-state=down]")).to_have_count(
        0, timeout=2 * A_MINUTE
    )


def test_a_database_that_stands_still_is_on_the_page_and_the_page_goes_on(rig: Rig, branch: Branch) -> None:
    visitor = branch.enter("operator", **PHONE)
    main = visit(visitor, rig, "/operations")
    expect(main.get_by_role("list", name="各部件")).to_be_visible(timeout=20_000)
    database = psutil.Process(rig.pids()["postgres"])
    family = [database, *database.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        alert = main.locator("[data-rule=dependency_down][data-part=postgres]").first
        expect(alert).to_contain_text("数据库 不可用", timeout=A_MINUTE)
        expect(main.locator("li[data-part=postgres][data-state=down]")).to_be_visible()
        visitor.shot("operations-phone-database")
    finally:
        for process in family:
            process.resume()
    expect(main.locator("li[data-part=postgres][data-state=up]")).to_be_visible(timeout=2 * A_MINUTE)


def test_others_do_not_see_it(rig: Rig, branch: Branch) -> None:
    visitor = branch.enter("m003")
    expect(visitor.page.get_by_role("navigation").first).to_be_visible()
    expect(visitor.page.get_by_role("link", name="运行监控")).to_have_count(0)


@pytest.mark.parametrize("device", list(DEVICES))
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_its_pages(rig: Rig, branch: Branch, language: str, device: str) -> None:
    visitor = branch.enter("operator", language=language, bypass_csp=True, **DEVICES[device])
    found = {name: troubles(visitor, rig.url + path, f"{name}-{language[:2]}-{device}") for name, path in VIEWS.items()}
    # A log says what the program says, codes and all.
    found["operations-logs"] = [trouble for trouble in found["operations-logs"] if not CODE.fullmatch(trouble)]
    assert found == {name: [] for name in VIEWS}
    assert visitor.errors == []
