"""A field that the branch adds: declared by the administrator, filled in from a file, seen and edited on the customer's page."""

import csv
import re
import time
from pathlib import Path

from crm.customer.v1 import customer_pb2
from crm.support.v1 import support_pb2
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Branch, Visitor
from tests.journeys.office import SOON, choose, customers_of, reloaded_until, told, visit
from tests.person import Person
from tests.rig import Rig

MANAGER = "m001"
UNITS = "crm.support.v1.SupportService/ListUnits"
KINDS = {customer_pb2.CUSTOMER_KIND_HOUSEHOLD: "家庭", customer_pb2.CUSTOMER_KIND_BUSINESS: "商企"}
GROUPS = {
    customer_pb2.CUSTOMER_GROUP_PUBLIC: "公众",
    customer_pb2.CUSTOMER_GROUP_BUSINESS: "商企",
    customer_pb2.CUSTOMER_GROUP_KEY_ACCOUNT: "大客户",
}


def test_a_field_of_the_branch_s_own_comes_in_by_file_and_is_edited(rig: Rig, branch: Branch, tmp_path: Path) -> None:
    title = f"爱好{time.time_ns() % 100_000}"
    customer = customers_of(rig, MANAGER, MANAGER)[2]
    admin, manager = branch.enter("admin"), branch.enter(MANAGER)
    declare(admin, rig, title)
    code = code_of(rig, customer.community_id)
    rows = [row_of(customer, code, title, "钓鱼"), row_of(customer, code, title, "围棋", number="NONE-1")]

    main = bring_in(admin, rig, write(tmp_path / f"{title}.csv", rows))
    expect(main.get_by_text(re.compile("已完成")).first).to_be_visible(timeout=SOON)
    assert refused_rows(admin, main) == [
        "extra",
        "NOT_A_CHOICE",
        f"{title}: 不是可选的值 / is none of the known words: 钓鱼, 象棋",
    ]
    admin.shot("import-own-fields-zh-desktop")

    page = manager.page
    value = (
        visit(manager, rig, f"/customers/{customer.id}").locator("dl > div", has_text=title).get_by_role("definition")
    )
    reloaded_until(page, value.filter(has_text="钓鱼"), within=20)
    page.get_by_role("button", name="修改资料", exact=True).click()
    dialog = page.get_by_role("dialog")
    choose_value(dialog, title, "象棋")
    manager.shot("customer-own-fields-edit-zh-desktop")
    dialog.get_by_role("button", name="保存").click()
    told(page, "已保存")
    expect(value).to_have_text("象棋", timeout=SOON)
    # Named in the history, both times: by the file, and by hand.
    history = page.get_by_role("main").locator("section").filter(has=page.get_by_role("heading", name="历史记录"))
    expect(history.get_by_text(re.compile(title))).to_have_count(2, timeout=SOON)
    manager.shot("customer-own-fields-zh-desktop")
    assert admin.errors + manager.errors == []


def declare(admin: Visitor, rig: Rig, title: str) -> None:
    """The administrator adds a choice to the archive of customers."""
    visit(admin, rig, "/parameters?show=fields").get_by_role("button", name="新增字段").first.click(timeout=SOON)
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("中文名称").fill(title)
    dialog.get_by_label("英文名称").fill(f"Hobby {title[2:]}")
    dialog.get_by_label("标识").fill(f"hobby_{title[2:]}")
    dialog.get_by_role("radio", name="选项").check()
    dialog.get_by_label("可选项").fill("钓鱼\n象棋")
    dialog.get_by_role("button", name="新增", exact=True).click()
    told(admin.page, "已新增字段")


def code_of(rig: Rig, unit_id: str) -> str:
    """Answers the code of a unit: files name communities by it."""
    with Person(rig.url, "admin", rig.password) as person:
        answer = person.call(UNITS, support_pb2.ListUnitsRequest(), support_pb2.ListUnitsResponse)
    return next(unit.code for unit in answer.units if unit.id == unit_id)


def row_of(customer: customer_pb2.Customer, community: str, title: str, hobby: str, number: str = "") -> dict[str, str]:
    """A row of a file that changes nothing of a customer but its hobby."""
    return {
        "客户编号": number or customer.customer_number,
        "客户类型": KINDS[customer.kind],
        "客户群": GROUPS[customer.group],
        "客户名称": customer.name,
        "社区": community,
        "客户经理工号": customer.owner_number,
        title: hobby,
    }


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """Writes a file of customers."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def bring_in(admin: Visitor, rig: Rig, path: Path) -> Locator:
    """Uploads a file; answers its line in the list of imports."""
    main = visit(admin, rig, "/imports")
    main.locator("input[type=file]").set_input_files(path)
    line = main.get_by_role("listitem").filter(has_text=path.name)
    expect(line).to_be_visible(timeout=SOON)
    return line


def refused_rows(admin: Visitor, line: Locator) -> list[str]:
    """Downloads the error file; answers what it says of its only row: the group of the field, the code and the words."""
    with admin.page.expect_download() as download:
        line.get_by_role("link", name="下载失败的行").click(timeout=SOON)
    with Path(str(download.value.path())).open(encoding="utf-8-sig", newline="") as stream:
        _, row = csv.reader(stream)
    field, code, words = row[-3:]
    return [field.partition(".")[0], code, words]


def choose_value(dialog: Locator, title: str, value: str) -> None:
    """Chooses among the values of a field."""
    choose(dialog.page, dialog.get_by_role("combobox", name=title), value)
