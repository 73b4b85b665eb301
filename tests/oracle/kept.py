"""The statements that a run of the tests has heard, kept in a folder for the grammar: nothing is run twice for it.

`make test` keeps them, each process in a file of its own; `make check-oracle RECORDED=1` reads them afterwards.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

OPTION = "--record-oracle"
FOLDER = Path(__file__).parents[2] / ".local" / "oracle"
NOT_A_SERVICES = {"avx", "bench", "compose", "faults", "migrations", "oracle"}
"""Folders whose tests run statements of their own making."""


def add_option(parser: pytest.Parser) -> None:
    """Adds the wish to keep what is heard."""
    parser.addoption(OPTION, action="store_true", help=f"keep the statements for make check-oracle in {FOLDER.name}")


def begin(config: pytest.Config) -> None:
    """Clears the folder, in the process that starts the others."""
    if config.getoption(OPTION) and "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)


def keep(config: pytest.Config, statements: Iterable[str]) -> None:
    """Writes what this process has heard."""
    if config.getoption(OPTION):
        name = os.environ.get("PYTEST_XDIST_WORKER", "all")
        (FOLDER / f"{name}.json").write_text(json.dumps(sorted(statements)), encoding="utf-8")


def kept() -> list[str]:
    """Answers what the last run has heard; nothing when none was asked to keep it."""
    files = sorted(FOLDER.glob("*.json"))
    return sorted({statement for file in files for statement in json.loads(file.read_text(encoding="utf-8"))})
