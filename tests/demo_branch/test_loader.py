from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from demo_branch.files import FILES, write
from demo_branch.loader import Loader, LoadError
from demo_branch.machine import Machine
from tests.demo_branch.gateway import Gateway, serving

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 22)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with serving() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, 20, today=TODAY)
    return tmp_path


def load(gateway: Gateway, folder: Path) -> list[str]:
    said: list[str] = []
    machine = Machine(gateway.url, f"{gateway.url}/token", "ods-files", "secret", pause=0.01)
    with machine.http:
        loader = Loader(machine, said.append, f"{gateway.url}/begin", 8, 0.01, 0.01, 0.01)
        loader.load(folder, today=TODAY, days_back=2)
    return said


def test_everything_goes_in_by_the_front_door_in_order(gateway: Gateway, folder: Path) -> None:
    said = load(gateway, folder)
    assert [form for form, _ in gateway.uploads] == [file.form for file in FILES]
    assert [size for _, size in gateway.uploads] == [(folder / file.name).stat().st_size for file in FILES]
    assert sorted(gateway.generated) == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert gateway.begun == 1
    assert said[0] == "organisation: read 230, created 230, updated 0, skipped 0, failed 0"


def test_loading_again_is_the_same_request_and_ends_at_once(gateway: Gateway, folder: Path) -> None:
    load(gateway, folder)
    before = dict(gateway.imports)
    said = load(gateway, folder)
    assert gateway.imports == before
    assert next(line for line in said if "loaded before" in line).startswith("customers.csv: ")
    assert not [line for line in said if line.startswith("tasks of")]


def test_a_gateway_that_is_coming_up_is_waited_for(gateway: Gateway, folder: Path) -> None:
    gateway.unavailable_first, gateway.denied_first = 3, 3
    load(gateway, folder)
    assert gateway.begun == 1


def test_rows_that_came_too_early_go_in_with_another_try(gateway: Gateway, folder: Path) -> None:
    gateway.fail_rows_of_first = 7
    load(gateway, folder)
    assert [form for form, _ in gateway.uploads][:3] == ["customer", "customer", "account"]


def test_events_that_take_their_time_are_waited_for(gateway: Gateway, folder: Path) -> None:
    gateway.quiet_rounds = 9
    load(gateway, folder)
    assert sorted(gateway.generated.values()) == [0, 0, 0]


def test_when_no_task_ever_comes_the_load_fails(gateway: Gateway, folder: Path) -> None:
    gateway.quiet_rounds = 1000
    with pytest.raises(LoadError, match="no task was generated"):
        load(gateway, folder)
    assert gateway.begun == 0
