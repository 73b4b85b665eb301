"""An engine that answers, with compose where install.sh looks for it."""

import os
from collections.abc import Iterator

import pytest

from branch_server import engine
from branch_server.places import Refusal


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
