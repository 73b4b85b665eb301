"""The closed variant in containers, one for all tests of this folder: built, started, used, stopped and wiped."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from branch_server import engine
from branch_server.places import Refusal
from tests.compose.server import Server, set_up


@pytest.fixture(scope="session")
def container_engine() -> Iterator[None]:
    """An engine that answers: in CI it is installed and started, and what started it stops it."""
    in_ci = bool(os.environ.get("CI"))
    try:
        engine.ensure(install=in_ci)
    except Refusal as error:
        if in_ci:
            pytest.fail(f"CI must run the suite in containers: {error}")
        pytest.skip(str(error))
    yield
    if in_ci:
        engine.stop()


@pytest.fixture(scope="session")
def server(container_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The suite with the demo branch."""
    if os.geteuid() != 0:
        pytest.skip("secrets must belong to the users of the containers: only root can give files away")
    # Users of the containers must reach what is theirs below it.
    folder = tmp_path_factory.mktemp("server")
    for above in (folder, *folder.parents):
        if above != Path("/tmp") and above.is_relative_to("/tmp"):  # noqa: S108 - where pytest keeps its folders
            above.chmod(0o755)
    found = set_up(folder)
    print(found.must("images"))
    began = time.monotonic()
    try:
        print(found.must("up", "--demo"))
        print(f"up with the demo branch after {time.monotonic() - began:.0f} s")
        yield found
    finally:
        found.command("down", "--wipe")
        assert found.left_over() == []
