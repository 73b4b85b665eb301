"""Permissions bite in open pages, a second administrator decides, and what is seen in full or taken out leaves a trace."""

import re
from pathlib import Path

import pytest
import python_calamine
from crm.support.v1 import access_pb2 as pb
from playwright.sync_api import Download, expect

from tests.journeys.conftest import Branch, Visitor
from tests.journeys.office import SOON, customers_of, reloaded_until, set_value, told, visit
from tests.person import CallRefused, Person
from tests.rig import Rig

ACCESS = "crm.support.v1.AccessService"
MASKED = re.compile(r"\d{3}\s?\*{4}\s?\d{4}")
MANAGER = "m039"


def test_a_change_of_permissions_bites_in_an_open_session_once_another_administrator_agrees(
    rig: Rig, branch: Branch
) -> None:
    customer = customers_of(rig, MANAGER, MANAGER)[0]
    manager, admin, second = branch.enter(MANAGER), branch.enter("admin"), branch.enter("admin2")
    visit(manager, rig, f"/customers/{customer.id}")
    heading = manager.page.get_by_role("heading", name="客户", exact=True)
    who = manager.page.get_by_role("main").locator("section").filter(has=heading)
    number = who.get_by_role("link", name=re.compile("^拨打"))
    expect(number).to_be_visible(timeout=SOON)

    close_column(admin, rig, "联系电话", "遮蔽")
    hand_in(admin, rig, "号码只在需要时查看")
    own_proposal_waits_for_another(admin, rig)
    decide(second, rig, "权限改动")
    reloaded_until(manager.page, who.get_by_text(MASKED))
    expect(number).to_have_count(0)
    manager.shot("customer-masked-zh-desktop")

    restore_the_version_before(admin, rig)
    hand_in(admin, rig, "恢复原来的规则")
    decide(second, rig, "权限改动")
    reloaded_until(manager.page, number)
    assert manager.errors + admin.errors + second.errors == []


def close_column(admin: Visitor, rig: Rig, column: str, right: str) -> None:
    """Changes what customer managers see of a column of the customers."""
    page = admin.page
    main = visit(admin, rig, "/roles/customer_manager?form=customer.customer")
    line = main.get_by_role("group", name=column, exact=True).first
    expect(line).to_be_visible(timeout=SOON)
    line.get_by_role("button", name=right).click()
    expect(main.get_by_role("status").get_by_text("已保存")).to_be_visible(timeout=SOON)
    admin.shot("role-zh-desktop")
    main.get_by_role("button", name="核对并提交").click()
    expect(page).to_have_url(re.compile("/roles/draft"))


def hand_in(admin: Visitor, rig: Rig, why: str) -> None:
    """Says why and hands the draft in."""
    main = admin.page.get_by_role("main")
    expect(main.get_by_text(re.compile(r"\d+ 处差别"))).to_be_visible(timeout=SOON)
    main.get_by_label("改动原因").fill(why)
    admin.shot("draft-zh-desktop")
    main.get_by_role("button", name="提交", exact=True).click()
    expect(admin.page).to_have_url(re.compile("/approvals"), timeout=SOON)


def own_proposal_waits_for_another(admin: Visitor, rig: Rig) -> None:
    """Nobody agrees to what they proposed themselves, not past the page either."""
    main = admin.page.get_by_role("main")
    expect(main.get_by_text("等别人决定").first).to_be_visible(timeout=SOON)
    expect(main.get_by_text("自己提交的不能自己同意")).to_be_visible()
    expect(main.get_by_role("button", name="同意")).to_have_count(0)
    admin.shot("own-approval-zh-desktop")
    with Person(rig.url, "admin", rig.password) as person:
        found = person.call(f"{ACCESS}/ListApprovals", pb.ListApprovalsRequest(), pb.ListApprovalsResponse).approvals
        waiting = next(one for one in found if one.state == pb.APPROVAL_STATE_WAITING)
        decision = pb.DecideApprovalRequest(id=waiting.id, approve=True)
        with pytest.raises(CallRefused) as caught:
            person.call(f"{ACCESS}/DecideApproval", decision, pb.DecideApprovalResponse)
        assert caught.value.reason == "OWN_APPROVAL"


def decide(second: Visitor, rig: Rig, what: str) -> None:
    """Agrees to the first that waits for this person."""
    main = visit(second, rig, "/approvals")
    expect(main.get_by_text("等您决定").first).to_be_visible(timeout=SOON)
    expect(main.get_by_text(what).first).to_be_visible()
    second.shot("approval-zh-desktop")
    main.get_by_role("button", name="同意").click()
    told(second.page, "已同意")


def restore_the_version_before(admin: Visitor, rig: Rig) -> None:
    """Makes a draft of the version that was in force before this one."""
    main = visit(admin, rig, "/roles/versions")
    expect(main.get_by_text("现行").first).to_be_visible(timeout=SOON)
    admin.shot("versions-zh-desktop")
    main.get_by_role("button", name="恢复").first.click()
    admin.page.get_by_role("dialog").get_by_role("button", name="做成草稿").click()
    expect(admin.page).to_have_url(re.compile("/roles/draft"), timeout=SOON)


def test_a_masked_number_is_seen_in_full_for_a_reason_that_others_can_read(rig: Rig, branch: Branch) -> None:
    customer = customers_of(rig, "m041", "c03")[0]
    chief = branch.enter("c03")
    page = chief.page
    main = visit(chief, rig, f"/customers/{customer.id}")
    expect(main.get_by_text(MASKED).first).to_be_visible(timeout=SOON)
    main.get_by_role("button", name="查看完整的联系电话").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("为什么要看").fill("核")
    dialog.get_by_role("button", name="查看", exact=True).click()
    expect(dialog.get_by_role("alert").first).to_be_visible()
    reason = f"客户来电核对号码 {customer.customer_number}"
    dialog.get_by_label("为什么要看").fill(reason)
    chief.shot("unmask-zh-desktop")
    dialog.get_by_role("button", name="查看", exact=True).click()
    shown = main.get_by_role("status").get_by_role("link", name=re.compile("^拨打"))
    expect(shown).to_be_visible(timeout=SOON)
    told(page, "今天还可以查看")
    chief.shot("unmasked-zh-desktop")
    main.get_by_role("button", name="立即遮蔽").click()
    expect(shown).to_have_count(0)

    for visitor in (chief, branch.enter("admin")):
        row = visit(visitor, rig, "/disclosures").get_by_role("row").filter(has_text=reason)
        expect(row).to_be_visible(timeout=SOON)
        expect(row).to_contain_text("c03")
        expect(row).to_contain_text("联系电话")
        expect(row).to_contain_text(customer.customer_number)
        visitor.shot("disclosures-zh-desktop")
        assert visitor.errors == []


def test_an_export_above_the_threshold_waits_for_a_second_person_and_bears_a_watermark(
    rig: Rig, branch: Branch, tmp_path: Path
) -> None:
    admin, chief = branch.enter("admin"), branch.enter("c04")
    page = chief.page
    set_value(admin, rig, "导出须审批的行数", "高新局", "5")
    main = visit(chief, rig, "/customers")
    export = main.get_by_role("button", name="导出")
    expect(export).to_be_enabled(timeout=SOON)
    export.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("用途").fill("月末走访名单")
    chief.shot("export-zh-desktop")
    dialog.get_by_role("button", name="开始导出").click()
    told(page, "已提交审批")
    # A chief may approve exports of the bureau, but not their own.
    main = visit(chief, rig, "/approvals")
    expect(main.get_by_text("等别人决定").first).to_be_visible(timeout=SOON)
    expect(main.get_by_role("button", name="同意")).to_have_count(0)
    decide(admin, rig, "导出")
    page.get_by_role("button", name=re.compile("^任务中心")).click()
    ready = page.get_by_role("menuitem", name=re.compile("可以下载"))
    expect(ready.first).to_be_visible(timeout=60_000)
    chief.shot("task-centre-zh-desktop")
    with page.expect_download() as downloading:
        ready.first.click()
    watermark, titles, *rows = sheet(downloading.value, tmp_path)
    assert re.search(r"\(c04\) · \d{4}-\d\d-\d\d \d\d:\d\d", str(watermark[0])), watermark
    assert "联系电话" in titles
    assert len(rows) > 5
    numbers = [str(row[titles.index("联系电话")]) for row in rows]
    assert [number for number in numbers if number and not MASKED.fullmatch(number)] == []
    row = visit(admin, rig, "/disclosures?kind=export").get_by_role("row").filter(has_text="月末走访名单")
    expect(row.first).to_be_visible(timeout=SOON)
    assert admin.errors + chief.errors == []


def sheet(download: Download, folder: Path) -> list[list[object]]:
    """Answers the rows of the file."""
    file = folder / download.suggested_filename
    download.save_as(file)
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]
