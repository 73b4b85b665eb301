"""The main pages, looked at: pictures in both languages and widths, nothing serious for axe, nothing cut at 360 px."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Branch, Visitor, axe_source
from tests.rig import Rig

PAGES = {"home": "/", "tasks": "/tasks", "customers": "/customers", "me": "/me"}
OFFICE = {
    "organisation": "/organisation",
    "staff": "/staff",
    "member": "/staff/m001",
    "pairs": "/staff?show=pairs",
    "stand-ins": "/staff?show=stand-ins",
    "accounts": "/staff?show=accounts",
    "roles": "/roles",
    "role": "/roles/customer_manager?form=customer.customer",
    "versions": "/roles/versions",
    "why": "/roles/why?person=m001&form=customer.customer&record=C00000001",
    "preview": "/roles/preview?person=m001&form=customer.customer",
    "approvals": "/approvals",
    "disclosures": "/disclosures",
    "calendar": "/calendar",
    "parameters": "/parameters?key=alerts.revenue_drop",
    "fields": "/parameters?show=fields",
    "systems": "/systems",
    "audit": "/audit",
    "audit-counts": "/audit?view=counts",
    "audit-findings": "/audit?view=findings",
    "audit-subnets": "/audit?view=subnets",
}
DEVICES: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}
CODE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z0-9]+)+\b")
LOADING = re.compile("^(正在加载…|Loading…)$")


@pytest.mark.parametrize("device", list(DEVICES))
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
@pytest.mark.parametrize(("number", "pages"), [("m003", PAGES), ("admin", OFFICE)], ids=["manager", "administrator"])
def test_the_main_pages(
    rig: Rig, branch: Branch, language: str, device: str, number: str, pages: dict[str, str]
) -> None:
    visitor = branch.enter(number, language=language, bypass_csp=True, **DEVICES[device])
    found = {name: troubles(visitor, rig.url + path, f"{name}-{language[:2]}-{device}") for name, path in pages.items()}
    assert found == {name: [] for name in pages}
    assert visitor.errors == []


def troubles(visitor: Visitor, address: str, name: str) -> list[str]:
    """Takes the picture of a page and answers what is wrong with it."""
    page = visitor.page
    page.goto(address)
    expect(page.get_by_role("heading", level=1).first).to_be_attached(timeout=20_000)
    expect(page.get_by_role("status", name=LOADING)).to_have_count(0, timeout=20_000)
    visitor.shot(name)
    return serious(page) + cut(page) + codes(page)


def serious(page: Page) -> list[str]:
    """Answers what axe calls serious or critical."""
    page.add_script_tag(content=axe_source())
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def cut(page: Page) -> list[str]:
    """Says whether a telephone of 360 px would have to scroll sideways."""
    size = page.viewport_size
    if size is None or size["width"] > PHONE["viewport"]["width"]:
        return []
    page.set_viewport_size({"width": 360, "height": 780})
    wide = page.evaluate("document.documentElement.scrollWidth") > 361
    page.set_viewport_size(size)
    return ["wider than 360 px"] if wide else []


def codes(page: Page) -> list[str]:
    """Answers codes of the programs that stand where words should."""
    return CODE.findall(page.get_by_role("main").inner_text())
