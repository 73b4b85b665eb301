"""A part that ends again and again is named while its start is waited for, with its last words."""

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from branch_server.falling import Falling
from branch_server.places import Refusal
from branch_server.programs import answer, run
from tests.compose.server import Server, soon

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]
Start = Callable[..., str]


@pytest.fixture
def project() -> str:
    return f"crmfalling{secrets.token_hex(3)}"


@pytest.fixture
def start(prepared: Server, project: str) -> Iterator[Start]:
    """Starts a container of the project as a part of this name, which runs a line of shell."""
    image = next(name for name in prepared.images() if name.startswith("crm/dispatch:"))
    begun: list[str] = []

    def begin(part: str, line: str) -> str:
        labels = {"com.docker.compose.project": project, "com.docker.compose.service": part}
        words = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
        command = ["docker", "run", "-d", "--restart", "always", *words, image, "sh", "-c", line]
        begun.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
        return begun[-1]

    yield begin
    for container in begun:
        answer(["docker", "rm", "-f", container])


def test_a_part_that_falls_is_named_with_its_last_words(project: str, start: Start) -> None:
    falling = Falling(project)
    start("customer", "sleep 600")
    start("dispatch", "echo the zone Mars/Olympus is not known; exit 1")
    told = soon("nobody said that it falls", falling, 60)
    assert told.startswith("dispatch ends again and again")
    assert "the zone Mars/Olympus is not known" in told


def test_what_it_did_long_before_does_not_count(project: str, start: Start) -> None:
    container = start("dispatch", "test -e /tmp/up || { sleep 0.1; exit 1; }")
    count = ["docker", "inspect", "--format", "{{.RestartCount}}", container]
    soon("it does not fall", lambda: int(answer(count)[1]) >= 5, 60)
    assert Falling(project)() == ""


def test_nobody_waits_for_what_is_hopeless() -> None:
    began = time.monotonic()
    with pytest.raises(Refusal, match="dispatch ends again and again"):
        run("starting the suite", ["sleep", "60"], hopeless=lambda: "dispatch ends again and again")
    assert time.monotonic() - began < 30
