"""From an empty database: the administrator sets a branch up through the pages alone, and somebody works there the same day."""

import re

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Branch, Visitor
from tests.journeys.office import SOON, told, visit
from tests.journeys.test_staff import OWN_PASSWORD, join
from tests.rig import Rig, running


def test_a_branch_is_set_up_through_the_pages_alone(chromium: Browser) -> None:
    with running(customers=1, arguments=("--no-demo",)) as rig:
        branch = Branch(chromium, rig)
        try:
            admin = branch.enter("admin")
            with_units(admin, rig)
            first_password = join(admin, rig, "n100", "孟雨晴", "翠湖社区")
            newcomer = branch.knock("n100", password=first_password)
            newcomer.page.locator("#password-new").fill(OWN_PASSWORD)
            newcomer.page.locator("#password-confirm").fill(OWN_PASSWORD)
            newcomer.page.locator("[type=submit]").first.click()
            newcomer.page.wait_for_url(f"{rig.url}/**")
            expect(newcomer.page.get_by_role("heading", level=1)).to_contain_text("孟雨晴", timeout=SOON)
            for path in ("/roles", "/calendar", "/parameters", "/audit"):
                visit(admin, rig, path)
                expect(admin.page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON)
            assert admin.errors + newcomer.errors == []
        finally:
            branch.close()


def with_units(admin: Visitor, rig: Rig) -> None:
    """Adds the branch, a bureau below it and a community below that."""
    page = admin.page
    main = visit(admin, rig, "/organisation")
    main.get_by_role("button", name="建立分公司").first.click()
    fill_unit(admin, "云州分公司", "BR")
    for above, kind, name, code in (("云州分公司", "局向", "城东局", "B01"), ("城东局", "社区", "翠湖社区", "B01-C01")):
        visit(admin, rig, "/organisation")
        page.get_by_role("treeitem", name=re.compile(above)).first.click()
        page.get_by_role("region", name=above).get_by_role("button", name=re.compile("新增下级单位")).first.click()
        page.get_by_role("dialog").get_by_label(kind, exact=True).check()
        fill_unit(admin, name, code)
        # What was just added is chosen, so it must be in sight in the tree.
        expect(page.get_by_role("treeitem", name=re.compile(name)).first).to_be_visible(timeout=SOON)
    admin.shot("organisation-first-zh-desktop")


def fill_unit(admin: Visitor, name: str, code: str) -> None:
    """Fills the dialog in and waits until the unit is there."""
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("名称").fill(name)
    dialog.get_by_label("编号").fill(code)
    dialog.get_by_role("button", name="新增", exact=True).click()
    told(admin.page, f"已新增：{name}")
    expect(admin.page.get_by_role("dialog")).to_have_count(0)
