"""An engine that answers, with compose where install.sh looks for it; a server to install on; this release's bundle."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from branch_server import engine
from branch_server.places import Refusal, version
from tests.bundle import releases
from tests.bundle.branch import Branch
from tests.bundle.server import Server, tools
from tests.bundle.steps import Steps


@pytest.fixture(scope="session")
def container_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Docker Engine and `docker compose`; in CI they are installed, and the engine stopped at the end."""
    started = False
    try:
        started = engine.ensure()
    except Refusal as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must install the bundle: {error}")
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as environment:
        program = engine.compose_program()
        if program and len(program) == 1:
            folder = tmp_path_factory.mktemp("docker")
            (folder / "cli-plugins").mkdir()
            (folder / "cli-plugins" / "docker-compose").symlink_to(program[0])
            environment.setenv("DOCKER_CONFIG", str(folder))
        yield
    if started:
        engine.stop()


@pytest.fixture(scope="session")
def this_release(container_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked bundle of this checkout."""
    folder, steps = tmp_path_factory.mktemp("new"), Steps()
    unpacked = releases.unpack(releases.bundle_of_this(folder), folder)
    steps.done(f"bundle of {version()}, from this checkout")
    return unpacked


@pytest.fixture
def branch(container_engine: None, tmp_path: Path) -> Iterator[Branch]:
    """A branch whose server has nothing installed yet."""
    # Users of the containers must reach what is theirs below it.
    for above in (tmp_path, *tmp_path.parents):
        if above != Path("/tmp") and above.is_relative_to("/tmp"):  # noqa: S108 - where pytest keeps its folders
            above.chmod(0o755)
    made = Branch(Server(tmp_path / "crm", tools(tmp_path / "tools")))
    try:
        yield made
    finally:
        made.server.remove()
