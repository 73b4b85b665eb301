"""What install.sh refuses before it has touched anything, on a real engine with a bundle of one tiny image."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from branch_server import bundle
from branch_server.places import Refusal

IMAGE = "crm/tiny:test"


@dataclass
class Server:
    """A folder that stands for the branch's server, and an unpacked bundle to install there."""

    unpacked: Path
    to: Path
    path: str = os.environ["PATH"]

    def install(self, *more: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(self.unpacked / "install.sh"), "--to", str(self.to), *more],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": self.path},
            input=typed,
        )

    def refusal(self, *more: str) -> str:
        """Installs, expects a refusal in one line or a few, and answers it; nothing may have been changed."""
        before = self.contents()
        done = self.install(*more)
        assert done.returncode == 1, done.stdout + done.stderr
        assert self.contents() == before
        return done.stderr

    def contents(self) -> list[str]:
        return sorted(str(path.relative_to(self.to)) for path in self.to.rglob("*")) if self.to.exists() else []

    def holds(self, version: str) -> None:
        """Makes the folder look as after an installation of that version."""
        (self.to / "releases" / version).mkdir(parents=True)
        (self.to / "installed").write_text(f"VERSION={version}\nBEFORE=\n", encoding="utf-8")
        shutil.copy2(self.unpacked / "maker.pem", self.to / "maker.pem")


@pytest.fixture(scope="module")
def image(container_engine: None) -> str:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as opened:
        opened.addfile(tarfile.TarInfo("empty"))
    subprocess.run(["docker", "import", "-", IMAGE], input=packed.getvalue(), check=True, capture_output=True)
    return IMAGE


@pytest.fixture
def unpacked(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    def make(version: str = "1.4.0", key: str = "maker.key") -> Server:
        monkeypatch.setenv("CRM_VERSION", version)
        (tmp_path / "crm-tiny-test.cdx.json").write_text("{}", encoding="utf-8")
        made = bundle.build([image], ["compose.yaml"], tmp_path / "out", tmp_path / key, tmp_path)
        with tarfile.open(made) as opened:
            opened.extractall(tmp_path, filter="data")
        return Server(tmp_path / f"crm-{version}", tmp_path / "server")

    return make


def test_a_release_follows_its_own_series_and_the_one_before() -> None:
    assert bundle.follows("1.4.2") == ["1.3.*", "1.4.*"]
    assert bundle.follows("2.0.0") == ["2.0.*"]
    with pytest.raises(Refusal):
        bundle.follows("dev")


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    place = tmp_path / "maker" / "maker.key"
    first, second = bundle.maker_key(place), bundle.maker_key(place)
    assert bundle.fingerprint(first) == bundle.fingerprint(second)
    assert place.stat().st_mode & 0o777 == 0o600
    place.write_text("no key", encoding="utf-8")
    with pytest.raises(Refusal, match="holds no private key"):
        bundle.maker_key(place)


@pytest.mark.compose
class TestOnAnEngine:
    """What needs Docker Engine."""

    def test_the_bundle_says_what_is_in_it(self, unpacked: Callable[..., Server]) -> None:
        folder = unpacked().unpacked
        named = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
        there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert there - named == {"SHA256SUMS", "SHA256SUMS.sig"}
        assert named - there == set()
        assert {"install.sh", "crm", "images.tar.gz", "manifest.json", "compose/compose.yaml"} <= named

    @pytest.mark.parametrize("file", ["images.tar.gz", "compose/compose.yaml", "crm", "release"])
    def test_a_file_that_was_changed_is_named(self, unpacked: Callable[..., Server], file: str) -> None:
        server = unpacked()
        with (server.unpacked / file).open("ab") as opened:
            opened.write(b"\n# changed\n")
        assert file in server.refusal("--yes")

    def test_sums_that_were_made_to_fit_are_not_signed(self, unpacked: Callable[..., Server]) -> None:
        server = unpacked()
        (server.unpacked / "crm").write_text("#!/bin/sh\n", encoding="utf-8")
        files = [line.split("  ")[1] for line in (server.unpacked / "SHA256SUMS").read_text("utf-8").splitlines()]
        sums = subprocess.run(
            ["sha256sum", *files], cwd=server.unpacked, capture_output=True, check=True, text=True
        ).stdout
        (server.unpacked / "SHA256SUMS").write_text(sums, encoding="utf-8")
        assert "not signed" in server.refusal("--yes")

    def test_the_maker_of_the_first_bundle_is_the_maker_of_the_next(self, unpacked: Callable[..., Server]) -> None:
        server = unpacked()
        server.holds("1.3.9")
        stranger = unpacked("1.4.1", "stranger.key")
        assert "not signed" in stranger.refusal("--yes")

    @pytest.mark.parametrize("installed", ["1.2.9", "0.9.0", "1.40.0"])
    def test_a_step_that_was_left_out_is_refused(self, unpacked: Callable[..., Server], installed: str) -> None:
        server = unpacked()
        server.holds(installed)
        said = server.refusal()
        assert f"{installed} is installed" in said
        assert "1.3.* 1.4.*" in said

    def test_a_folder_that_a_shell_would_misread_is_refused(self, unpacked: Callable[..., Server]) -> None:
        server = unpacked()
        server.to = server.to / "our crm"
        assert "--to takes a path" in server.refusal("--yes")

    def test_a_compose_that_is_too_old_is_named(self, unpacked: Callable[..., Server], tmp_path: Path) -> None:
        server = unpacked()
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "docker").write_text("#!/bin/sh\necho 2.17.3\n", encoding="utf-8")
        (tools / "docker").chmod(0o755)
        server.path = f"{tools}:{os.environ['PATH']}"
        assert "compose is 2.17.3; 2.24 or later is needed" in server.refusal("--yes")

    def test_who_made_it_is_asked_and_no_answer_is_no(self, unpacked: Callable[..., Server]) -> None:
        assert "no answer" in unpacked().refusal()

    def test_a_person_is_asked_again_for_what_cannot_be(self, unpacked: Callable[..., Server], tmp_path: Path) -> None:
        server, zone = unpacked(), tmp_path / "zone.pem"
        zone.write_text("no certificate", encoding="utf-8")
        typed = ["yes", "our branch", "crm.branch.example", "https", "", str(zone), "", "mysql", "postgres"]
        said = server.install(typed="".join(f"{line}\n" for line in typed))
        assert "fingerprint" in said.stdout
        told = iter(said.stderr.split("] "))
        for words in (
            "Is it the same?",
            "Name or address",
            "'our branch' is no host name",
            "Port [443",
            "'https' is no number",
            "Certificate for it",
            f"{zone} is no PEM certificate",
            "Database: postgres (comes along) or oracle [postgres",
            "'mysql'; say postgres or oracle",
            "Folder for backups",
        ):
            assert any(words in part for part in told), f"{words}: {said.stderr}"
        # Nobody types any more: nothing was done yet.
        assert said.returncode == 1
        assert "no answer to: Folder for backups" in said.stderr
        assert server.contents() == []

    def test_a_machine_without_an_engine_is_told_so(self, unpacked: Callable[..., Server], tmp_path: Path) -> None:
        server = unpacked()
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("dirname", "sha256sum", "openssl", "cat"):
            (tools / name).symlink_to(shutil.which(name) or name)
        server.path = str(tools)
        assert "no `docker`" in server.refusal("--yes")

    @pytest.mark.parametrize(
        ("answers", "said"),
        [
            ("HOST=a b", "HOST"),
            ("PORT=https", "PORT"),
            ("CERTIFICATE=/nowhere.pem", "CERTIFICATE"),
            ("DATABASE=mysql", "DATABASE"),
            ("DATABASE=oracle", "ORACLE"),
            ("BACKUP=backups", "BACKUP"),
            ("ZONE=Mars/Olympus", "ZONE"),
        ],
    )
    def test_a_wrong_answer_names_its_question(
        self, unpacked: Callable[..., Server], tmp_path: Path, answers: str, said: str
    ) -> None:
        file = tmp_path / "answers"
        file.write_text(f"HOST=crm.branch\n{answers}\n", encoding="utf-8")
        assert f"install: {said}" in unpacked().refusal("--yes", "--answers", str(file))
