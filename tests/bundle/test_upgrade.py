"""A branch's life with bundles: installed, worked with, an upgrade that fails, one that succeeds, and the way back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from branch_server.places import version
from tests.bundle import releases
from tests.bundle.branch import Branch, soon
from tests.bundle.steps import Steps

pytestmark = [pytest.mark.compose, pytest.mark.timeout(2400)]
BROKEN = f"{version().rpartition('.')[0]}.99"
"""A later release of this series."""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    releases.forget(BROKEN)


def test_a_branch_is_upgraded_and_goes_back(branch: Branch, this_release: Path, tmp_path: Path) -> None:
    earlier, steps = releases.earlier(), Steps()
    old = releases.unpack(releases.bundle_of(earlier), tmp_path / "old")
    steps.done(f"bundle of {earlier.version}, from its commit")

    said = branch.server.must_install(old, "--answers", str(branch.server.answers()), "--yes")
    assert branch.server.url in said
    branch.runs(earlier.version)
    steps.done(f"{earlier.version} installed")
    branch.fill(tmp_path / "files")
    branch.works("first")
    before = branch.server.rows()
    branch.lost_nothing(before)
    steps.done("data inside")

    broken = releases.unpack(releases.bundle_that_fails(BROKEN, version(), tmp_path / "broken"), tmp_path / "broken")
    failed = branch.server.install(broken)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert f"{BROKEN} was not installed; {earlier.version} runs again" in failed.stderr
    assert "this release is broken" in failed.stderr
    branch.runs(earlier.version)
    branch.lost_nothing(before)
    branch.works("after-a-failure")
    steps.done("an upgrade that fails went back by itself")

    before = branch.server.rows()
    with branch.people_at_work() as people:
        said = branch.server.must_install(this_release)
    assert f"upgrading {earlier.version} to {version()}" in said
    branch.runs(version())
    branch.lost_nothing(before)
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
    branch.runs(version())
    branch.lost_nothing(before)
    branch.works("after-the-restore")
    steps.done("restored after the disk of both stores was lost")

    for part in ("customer", "telemetry"):
        branch.server.crm("restart", part)
    branch.server.crm("drill")
    branch.runs(version())
    steps.done("two parts restarted, the newest backup proved")

    before = branch.server.rows()
    said = branch.server.crm("back")
    assert f"{earlier.version} runs again" in said
    branch.runs(earlier.version)
    branch.lost_nothing(before)
    branch.works("after-the-way-back")
    branch.lost_nothing(before)
    steps.done("gone back")
