"""The server burnt down: a new one, the second disk and the copy of the secrets are the branch again (docs/operations.md).

Browsers see a certificate of the company's own, as at most branches.
"""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from branch_server.places import version
from branch_trust.authority import Authority
from tests.bundle.branch import Branch, soon
from tests.bundle.server import Server
from tests.bundle.steps import Steps
from tests.trust import certs

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]


SEEN_INSIDE = """
import socket, ssl
context = ssl.create_default_context(cafile="/run/certs/ca.crt")
context.wrap_socket(socket.create_connection(("gateway", 8443), 5), server_hostname="gateway").close()
"""
"""What Keycloak does before it tells of a logout."""


def a_wrong_setting_is_named(server: Server) -> None:
    """Nobody waits ten minutes to hear that a part ends at once."""
    file = server.to / "settings.env"
    good = file.read_text(encoding="utf-8")
    file.write_text(f"{good}CRM_WRITE_BACK_GIVE_UP_SECONDS=soon\n", encoding="utf-8")
    failed = server.try_crm("up")
    assert failed.returncode == 1
    assert "dispatch ends again and again" in failed.stderr
    assert "CRM_WRITE_BACK_GIVE_UP_SECONDS" in failed.stderr
    file.write_text(good, encoding="utf-8")
    server.crm("up")


def test_a_branch_comes_back_on_a_new_server(branch: Branch, this_release: Path, tmp_path: Path) -> None:
    steps = Steps()
    old = replace(branch.server, company=certs.part(Authority.make(), tmp_path / "company", "crm.branch.example"))
    branch = replace(branch, server=old)
    old.must_install(this_release, "--answers", str(old.answers()), "--yes")
    branch.fill(tmp_path / "files")
    branch.works("before-the-backup")
    old.crm("compose", "exec", "-T", "backup", "python3", "-c", SEEN_INSIDE)
    a_wrong_setting_is_named(old)
    soon("commits do not wait for the second disk", lambda: "commits wait" in old.crm("backups"), 120)
    old.crm("backup")
    branch.works("after-the-backup")
    before = old.rows()
    copy = tmp_path / "in-the-safe"
    subprocess.run(["cp", "-a", str(old.to / "private"), str(copy)], check=True)
    steps.done("a branch at work, backed up")

    old.burn()
    (tmp_path / "another").mkdir()
    new = Server(tmp_path / "another" / "crm", old.tools, company=old.company)
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
