"""The storage tests on another database: `pytest --database h2`, `pytest --database oracle+oracledb://…`.

Every test of a service that asks for a fresh database runs there, with the statements, types and conversions of Oracle.
"""

import csv
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.databases import MetadataSource

POSTGRESQL, H2, ORACLE = "postgresql", "h2", "oracle+oracledb:"
NOT_THERE = Path(__file__).with_name("not_on_h2.tsv")
TESTS = Path(__file__).parents[1]
OTHERS = ("avx", "bench", "contracts", "faults", "gateway", "journeys", "leaks", "local_stack", "migrations")
"""Folders whose tests are about something else than the statements of one service."""


class Fresh(Protocol):
    """Makes databases of the tests' own."""

    def fresh(self, source: MetadataSource | None = None, fill: Any = None) -> str:
        """Answers the address of a new database."""
        ...

    def close(self) -> None:
        """Lets go of all of them."""
        ...


def add_option(parser: pytest.Parser) -> None:
    """Adds the choice of the database."""
    parser.addoption(
        "--database",
        default=POSTGRESQL,
        help="postgresql, h2 (Oracle's mode of H2, in this process), or oracle+oracledb://… (a schema of the tests' own)",
    )


def chosen(config: pytest.Config) -> bool:
    """Tells whether the tests run on something else than PostgreSQL."""
    return config.getoption("--database") != POSTGRESQL


def opened(config: pytest.Config) -> Fresh:
    """Opens what was chosen."""
    name = str(config.getoption("--database"))
    # Loaded only now: the one starts a Java machine, the other is for who has a server.
    if name == H2:
        return import_module("tests.oracle.h2.databases").H2Databases()
    if name.startswith(ORACLE):
        return import_module("tests.oracle.real").OracleSchema(name)
    raise pytest.UsageError(
        f"--database: {name} is neither {POSTGRESQL} nor {H2} nor an address {ORACLE}//user:password@…"
    )


def exceptions() -> dict[str, str]:
    """Answers which tests another database cannot do, each with the reason."""
    with NOT_THERE.open(encoding="utf-8", newline="") as lines:
        return {row["test"]: row["reason"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests that ask for a database, without those that the chosen one cannot do; marks them."""
    if not chosen(config):
        _leave_out(config, items, [item for item in items if item.get_closest_marker("h2")])
        return
    reasons = exceptions()
    others: list[pytest.Item] = []
    for item in items:
        wanted: tuple[str, ...] = getattr(item, "fixturenames", ())
        if "fresh_database" not in wanted or item.path.relative_to(TESTS).parts[0] in OTHERS or _about_postgresql(item):
            others.append(item)
            continue
        item.add_marker(pytest.mark.h2)
        if reason := reasons.get(item.nodeid.split("[")[0]):
            item.add_marker(pytest.mark.skip(reason=reason))
    _leave_out(config, items, others)


def _about_postgresql(item: pytest.Item) -> bool:
    """The recording's own tests look at what PostgreSQL is told."""
    return item.path.parent.name == "oracle" and not item.get_closest_marker("h2")


def _leave_out(config: pytest.Config, items: list[pytest.Item], others: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]
