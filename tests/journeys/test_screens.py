"""The main pages, looked at: pictures in both languages and widths, nothing serious for axe, nothing cut at 360 px."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import DESKTOP, PHONE, Branch, axe_source
from tests.rig import Rig

PAGES = {"home": "/", "tasks": "/tasks", "customers": "/customers", "me": "/me"}
DEVICES: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}


@pytest.mark.parametrize("device", list(DEVICES))
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_main_pages(rig: Rig, branch: Branch, language: str, device: str) -> None:
    visitor = branch.enter("m003", language=language, bypass_csp=True, **DEVICES[device])
    page = visitor.page
    found: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        page.goto(rig.url + path)
        page.get_by_role("main").wait_for()
        # The first picture without skeletons: lists and cards arrive within this time on the slowest machine we test on.
        page.wait_for_timeout(1500)
        visitor.shot(f"{name}-{language[:2]}-{device}")
        found[name] = serious(page)
        if device == "phone":
            page.set_viewport_size({"width": 360, "height": 780})
            assert page.evaluate("document.documentElement.scrollWidth <= 361"), f"{name} is wider than 360 px"
            page.set_viewport_size(PHONE["viewport"])
    assert found == {name: [] for name in PAGES}
    assert visitor.errors == []


def serious(page: Page) -> list[str]:
    """Answers what axe calls serious or critical."""
    page.add_script_tag(content=axe_source())
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]
