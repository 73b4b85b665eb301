"""The server burnt down: a new one, the second disk and the copy of the secrets are the branch again (docs/operations.md)."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from branch_server.places import version
from tests.bundle.branch import Branch, soon
from tests.bundle.server import Server
from tests.bundle.steps import Steps

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]


def test_a_branch_comes_back_on_a_new_server(branch: Branch, this_release: Path, tmp_path: Path) -> None:
    steps, old = Steps(), branch.server
    old.must_install(this_release, "--answers", str(old.answers()), "--yes")
    branch.fill(tmp_path / "files")
    branch.works("before-the-backup")
    soon("commits do not wait for the second disk", lambda: "commits wait" in old.crm("backups"), 120)
    old.crm("backup")
    branch.works("after-the-backup")
    before = old.rows()
    copy = tmp_path / "in-the-safe"
    subprocess.run(["cp", "-a", str(old.to / "private"), str(copy)], check=True)
    steps.done("a branch at work, backed up")

    old.burn()
    (tmp_path / "another").mkdir()
    new = Server(tmp_path / "another" / "crm", old.tools)
    branch = replace(branch, server=new)
    try:
        new.must_install(this_release, "--answers", str(new.answers(old.second_disk)), "--yes")
        assert "holds the backups of another database cluster" in new.crm("compose", "logs", "backup")
        new.crm("down")
        shutil.rmtree(new.to / "private")
        subprocess.run(["cp", "-a", str(copy), str(new.to / "private")], check=True)
        new.crm("restore", "latest")
        new.crm("certs")
        new.crm("up")
        branch.runs(version())
        branch.lost_nothing(before)
        branch.works("on-the-new-server")
        soon("commits do not wait for the second disk", lambda: "commits wait" in new.crm("backups"), 120)
        steps.done("the branch is back on a new server")
    finally:
        new.remove()
