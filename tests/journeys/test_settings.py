"""What the administrator sets for a bureau, and where it holds: thresholds with inheritance, holidays of a bureau's own."""

import re

from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Branch, Visitor
from tests.journeys.office import SOON, at_unit, choose, set_value, told, visit
from tests.rig import Rig

TITLE = "收入下降预警"


def test_a_threshold_of_a_bureau_holds_in_its_communities_and_nowhere_else(rig: Rig, branch: Branch) -> None:
    admin = branch.enter("admin")
    expect(at_unit(admin, rig, TITLE, "安居社区").get_by_text("系统默认").first).to_be_visible()
    set_value(admin, rig, TITLE, "永宁局", "25")
    pane = at_unit(admin, rig, TITLE, "安居社区")
    expect(pane.get_by_text("25%", exact=True).first).to_be_visible(timeout=SOON)
    expect(pane.get_by_text("来自永宁局")).to_be_visible()
    admin.shot("parameter-inherited-zh-desktop")
    pane = at_unit(admin, rig, TITLE, "云溪社区")
    expect(pane.get_by_text("30%", exact=True).first).to_be_visible()
    expect(pane.get_by_text("系统默认").first).to_be_visible()
    # A value out of its range is refused where it is written.
    pane.get_by_role("button", name="修改", exact=True).click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("值", exact=True).fill("400")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert").first).to_be_visible()
    assert admin.errors == []


def test_a_bureau_has_a_holiday_of_its_own(rig: Rig, branch: Branch) -> None:
    admin, manager = branch.enter("admin"), branch.enter("m113")
    page = admin.page
    day = day_of_bureau(admin, rig)
    day.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("休息", exact=True).check()
    dialog.get_by_label("名称（中文）").fill("永宁火把节")
    admin.shot("calendar-day-zh-desktop")
    dialog.get_by_role("button", name="保存").click()
    told(page, "日历已保存")
    expect(day).to_contain_text("永宁火把节")
    expect(day).to_contain_text("本地")
    # The branch works that day.
    visit(admin, rig, "/calendar?year=2026")
    expect(the_day(admin)).to_contain_text("工作日", timeout=SOON)
    assert admin.errors + manager.errors == []


def day_of_bureau(visitor: Visitor, rig: Rig) -> Locator:
    """Shows the bureau's calendar and answers an ordinary working day in it."""
    main = visit(visitor, rig, "/calendar?year=2026")
    choose(visitor.page, main.get_by_role("combobox", name="查看谁的日历"), "永宁局")
    expect(main.get_by_text("没有单独设置的日子按分公司执行")).to_be_visible(timeout=SOON)
    return the_day(visitor)


def the_day(visitor: Visitor) -> Locator:
    """Finds the ninth of December 2026, a Wednesday."""
    month = (
        visitor.page.get_by_role("main")
        .get_by_role("region", name="十二月")
        .or_(visitor.page.get_by_role("main").get_by_role("region", name="12月"))
    )
    return month.get_by_role("button", name=re.compile("^9 "))
