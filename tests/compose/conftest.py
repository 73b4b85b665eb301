"""The closed variant in containers, one for all tests of this folder, by the fixtures of pytest-docker.

What an operator does, an operator's command does here: settings, certificates, secrets, images. Start and end are pytest-docker's, told
the words that `make up` and `make down` tell compose.
"""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser
from pytest_docker.plugin import Services

from branch_server import engine, suite
from branch_server.places import COMPOSE, Refusal
from tests.compose.server import FILES, Server, set_up
from tests.journeys.conftest import Branch, chromium

__all__ = ["chromium"]


def cannot(reason: str) -> NoReturn:
    """Ends with the reason: in CI as a failure, on a developer's machine as a skip."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must run the suite in containers: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def compose_program() -> list[str]:
    """How compose is called; in CI it is installed, on a developer's machine without it the tests say why they are skipped."""
    found = engine.compose_program()
    if found is None and os.environ.get("CI"):
        try:
            engine.install_compose()
        except Refusal as error:
            cannot(str(error))
        found = engine.compose_program()
    return found or cannot("docker compose is not installed; `make engine` installs it")


@pytest.fixture(scope="session")
def container_engine() -> Iterator[None]:
    """An engine that answers: in CI it is installed and started, and what was started here is stopped here."""
    try:
        started = engine.ensure(install=bool(os.environ.get("CI")))
    except Refusal as error:
        cannot(str(error))
    if os.geteuid() != 0:
        cannot("secrets must belong to the users of the containers: only root can give files away")
    yield
    if started:
        engine.stop()


@pytest.fixture(scope="session")
def prepared(container_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with settings, certificates, secrets and images, on which nothing runs yet; afterwards nothing may be left of it."""
    # Users of the containers must reach what is theirs below it.
    folder = tmp_path_factory.mktemp("server")
    for above in (folder, *folder.parents):
        if above != Path("/tmp") and above.is_relative_to("/tmp"):  # noqa: S108 - where pytest keeps its folders
            above.chmod(0o755)
    found = set_up(folder)
    print(found.must("images"))
    yield found
    if found.left_over():
        # A start that failed is not ended by pytest-docker.
        found.must("down", "--wipe")
    assert found.left_over() == []


@pytest.fixture(scope="session")
def docker_compose_command(prepared: Server) -> str:
    """As the operator's commands call it, with the settings of this server."""
    return shlex.join(suite.program(prepared.settings))


@pytest.fixture(scope="session")
def docker_compose_file() -> list[str]:
    """The closed variant with the demo branch."""
    return [str(COMPOSE / file) for file in FILES.split(":")]


@pytest.fixture(scope="session")
def docker_compose_project_name(prepared: Server) -> str:
    """A project of the tests' own."""
    return prepared.project


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    """What `make up DEMO=1` tells compose."""
    return [shlex.join(words) for words in suite.starting(demo=True).values()]


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    """What `make down WIPE=1` tells compose."""
    return [shlex.join(suite.stopping(wipe=True))]


@pytest.fixture(scope="session")
def server(prepared: Server, docker_services: Services) -> Server:
    """The suite with the demo branch, once people can come in."""
    docker_services.wait_until_responsive(check=prepared.lets_people_in, timeout=60, pause=0.5)
    return prepared


@pytest.fixture
def branch(chromium: Browser, server: Server) -> Iterator[Branch]:
    """People with browsers; that the certificate is the branch's is looked at by those without one (tests/compose/load.py)."""
    found = Branch(chromium, server, ignore_https_errors=True)
    yield found
    found.close()
