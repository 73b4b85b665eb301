"""The stack that `make run` starts, one for all journeys, with its telemetry also sent on to a sink; and a real Chromium."""

import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from local_stack.layout import PROJECT
from tests.otlp import Sink, receiving
from tests.rig import Rig, running

SHOTS = PROJECT / "test-results" / "screens"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="session")
def rig(sink: Sink) -> Iterator[Rig]:
    # Whoever writes journeys keeps a stack running and names its folder; what looks at telemetry then finds none.
    if home := os.environ.get("CRM_RIG_HOME"):
        with subprocess.Popen(["true"]) as nothing:
            yield Rig(Path(home), nothing)
        return
    settings = {"CRM_OTLP_FORWARD": sink.endpoint, "CRM_WRITE_BACK_GIVE_UP_SECONDS": "6"}
    with running(customers=1200, environment=settings) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "no Chromium: install it (Debian: apt-get install chromium fonts-noto-cjk)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person with a browser of their own."""

    page: Page
    errors: list[str]

    def shot(self, name: str) -> None:
        """Keeps a picture of what they see."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


class Portal(Protocol):
    """Where people come in: a stack on this machine, or one in containers."""

    @property
    def url(self) -> str:
        """The portal's address."""
        ...

    @property
    def password(self) -> str:
        """The password of every demo person."""
        ...


class Branch:
    """People of the branch come in through the login page; `options` are those of their browsers."""

    def __init__(self, browser: Browser, portal: Portal, **options: Any) -> None:
        self._browser = browser
        self._portal = portal
        self._options = options
        self._contexts: list[BrowserContext] = []

    def enter(self, number: str, *, language: str = "zh-CN", password: str = "", **device: Any) -> Visitor:
        """Opens a browser, signs in and waits for the first page."""
        visitor = self.knock(number, language=language, password=password, **device)
        visitor.page.wait_for_url(f"{self._portal.url}/**")
        visitor.page.get_by_role("main").wait_for()
        return visitor

    def knock(self, number: str, *, language: str = "zh-CN", password: str = "", **device: Any) -> Visitor:
        """Opens a browser and hands in the login page; what comes then is the caller's to look at."""
        context = self._browser.new_context(
            locale=language, timezone_id="Asia/Shanghai", **(device or DESKTOP), **self._options
        )
        self._contexts.append(context)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(self._portal.url)
        page.locator("#username").fill(number)
        page.locator("#password").fill(password or self._portal.password)
        page.locator("#kc-login").click()
        return Visitor(page, errors)

    def close(self) -> None:
        """Closes every browser window."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def branch(chromium: Browser, rig: Rig) -> Generator[Branch]:
    found = Branch(chromium, rig)
    yield found
    found.close()


def axe_source() -> str:
    """Answers axe-core as the portal's own tools bring it."""
    return (PROJECT / "gateway" / "portal" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the stack."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.timeout(600))
