"""A branch's life with bundles: installed, worked with, an upgrade that fails, one that succeeds, and the way back."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from branch_server.places import version
from tests.bundle import releases
from tests.bundle.branch import Branch, soon
from tests.bundle.server import Server, tools

pytestmark = [pytest.mark.compose, pytest.mark.timeout(2400)]
BROKEN = f"{version().rpartition('.')[0]}.99"
"""A later release of this series."""


@pytest.fixture
def branch(container_engine: None, tmp_path: Path) -> Iterator[Branch]:
    # Users of the containers must reach what is theirs below it.
    for above in (tmp_path, *tmp_path.parents):
        if above != Path("/tmp") and above.is_relative_to("/tmp"):  # noqa: S108 - where pytest keeps its folders
            above.chmod(0o755)
    made = Branch(Server(tmp_path / "crm", tools(tmp_path / "tools")))
    try:
        yield made
    finally:
        made.server.remove()
        releases.forget(BROKEN)


class Steps:
    """Says how long each step took."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def done(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:6.0f} s  {what}", flush=True)
        self.began = time.monotonic()


def nothing_lost(branch: Branch, before: dict[str, int]) -> None:
    branch.holds_everything()
    after = branch.server.rows()
    assert {table: after[table] for table in before if after[table] < before[table]} == {}


def runs(branch: Branch, wanted: str) -> None:
    """Every part is of that release, and well."""
    found = branch.server.versions()
    assert {part: one for part, one in found.items() if one != wanted} == {}
    assert {"gateway", "dispatch", "customer", "support", "telemetry", "postgres", "nats", "keycloak"} <= set(found)
    branch.server.crm("verify")


def test_a_branch_is_upgraded_and_goes_back(branch: Branch, tmp_path: Path) -> None:
    earlier, steps = releases.earlier(), Steps()
    old = releases.unpack(releases.bundle_of(earlier), tmp_path / "old")
    steps.done(f"bundle of {earlier.version}, from its commit")
    new = releases.unpack(releases.bundle_of_this(tmp_path / "new"), tmp_path / "new")
    steps.done(f"bundle of {version()}, from this checkout")

    said = branch.server.must_install(old, "--answers", str(branch.server.answers()), "--yes")
    assert branch.server.url in said
    runs(branch, earlier.version)
    steps.done(f"{earlier.version} installed")
    branch.fill(tmp_path / "files")
    branch.works("first")
    before = branch.server.rows()
    nothing_lost(branch, before)
    steps.done("data inside")

    broken = releases.unpack(releases.bundle_that_fails(BROKEN, version(), tmp_path / "broken"), tmp_path / "broken")
    failed = branch.server.install(broken)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert f"{BROKEN} was not installed; {earlier.version} runs again" in failed.stderr
    assert "this release is broken" in failed.stderr
    runs(branch, earlier.version)
    nothing_lost(branch, before)
    branch.works("after-a-failure")
    steps.done("an upgrade that fails went back by itself")

    before = branch.server.rows()
    with branch.people_at_work() as people:
        said = branch.server.must_install(new)
    assert f"upgrading {earlier.version} to {version()}" in said
    runs(branch, version())
    nothing_lost(branch, before)
    branch.works("after-the-upgrade")
    assert not (branch.server.to / "releases" / BROKEN).exists()
    # These were replaced one after the other, before PostgreSQL was, and not once more with it.
    made = branch.server.created()
    assert {part for part in ("customer", "support", "dispatch") if made[part] > made["postgres"]} == set()
    steps.done(
        f"upgraded; {len(people.failed)} of {people.answered} calls failed, within {people.troubled_seconds:.0f} s"
    )

    soon("commits do not wait for the second disk", lambda: "commits wait" in branch.server.crm("backups"), 120)
    branch.works("after-the-backup")
    before = branch.server.rows()
    branch.server.lose_stores()
    branch.server.crm("restore", "latest")
    branch.server.crm("up")
    runs(branch, version())
    nothing_lost(branch, before)
    branch.works("after-the-restore")
    steps.done("restored after the disk of both stores was lost")

    for part in ("customer", "telemetry"):
        branch.server.crm("restart", part)
    branch.server.crm("drill")
    runs(branch, version())
    steps.done("two parts restarted, the newest backup proved")

    before = branch.server.rows()
    said = branch.server.crm("back")
    assert f"{earlier.version} runs again" in said
    runs(branch, earlier.version)
    nothing_lost(branch, before)
    branch.works("after-the-way-back")
    nothing_lost(branch, before)
    steps.done("gone back")
