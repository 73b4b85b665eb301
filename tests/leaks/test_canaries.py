"""Distinctive values of sensitive columns appear in no answer, refusal, file, log, trace, event or published document where
they should not; and where a leak is planted on purpose, every one of these places is seen to leak.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from sqlalchemy import MetaData

from customer.storage import tables as customer_tables
from dispatch.storage import tables as dispatch_tables
from support.storage import schema
from tests.leaks import archive, canary_tasks, office
from tests.otlp import Sink, receiving

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Expected:
    """What a run of one service must have looked at, so that finding nothing means something."""

    metadata: MetaData
    canaries: re.Pattern[str]
    said: int
    failed: int
    events: str
    """Types of events that must have left and may tell no canary."""
    rows: int
    documents: int = 0


SERVICES = {
    # Whoever books a service must be told where; the customer itself travels without its numbers and addresses.
    "customer": Expected(customer_tables.metadata, archive.ALL_CANARIES, 80, 3, "customer.customer", 10),
    "dispatch": Expected(dispatch_tables.metadata, canary_tasks.CANARIES, 80, 3, "dispatch.v1.Task", 15),
    "support": Expected(schema.metadata, office.CANARIES, 80, 3, "support.v1.", 13, documents=12),
}


@dataclass
class Ran:
    """What came of a run."""

    kept: dict[str, Any]
    output: str
    sink: Sink
    sheet: Sequence[Sequence[Any]]

    def leaks(self, expected: Expected) -> dict[str, list[str]]:
        """Where canaries are, by place."""
        places: dict[str, list[str]] = {
            "answers and refusals": self.kept["said"],
            "logs": self.output.splitlines(),
            "traces": self.sink.raw,
            "events": [payload for kind, payload in self.kept["events"] if expected.events in kind],
            "files": [str(row) for row in self.sheet],
            "published documents": list(self.kept["documents"].values()),
        }
        return {
            place: hits
            for place, texts in places.items()
            if (hits := [t for t in texts if expected.canaries.search(t)])
        }


def run(service: str, url: str, folder: Path, *control: str) -> Ran:
    with receiving() as sink:
        done = subprocess.run(
            [sys.executable, "-m", "tests.leaks.canary_run", url, sink.endpoint, str(folder), service, *control],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    kept = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    book = python_calamine.CalamineWorkbook.from_path(str(folder / "taken.xlsx"))
    return Ran(kept, done.stdout + done.stderr, sink, book.get_sheet_by_index(0).to_python())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_canary_gets_out(service: str, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    expected = SERVICES[service]
    ran = run(service, fresh_database(expected.metadata), tmp_path)
    assert len(ran.kept["said"]) > expected.said
    assert sum("INTERNAL" in line for line in ran.kept["said"]) == expected.failed
    assert '"event": "call failed"' in ran.output
    assert any("call failed" in text for text in ran.sink.raw)
    assert [kind for kind, _ in ran.kept["events"] if expected.events in kind]
    assert len(ran.sheet) == expected.rows
    assert len(ran.kept["documents"]) >= expected.documents
    assert ran.leaks(expected) == {}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_planted_leak_is_found_in_every_place(
    service: str, fresh_database: Callable[..., str], tmp_path: Path
) -> None:
    """The control: without masks, and with a value in a log line, a span, an event and a document, all of it is seen."""
    expected = SERVICES[service]
    found = run(service, fresh_database(expected.metadata), tmp_path, "planted").leaks(expected)
    wanted = {"answers and refusals", "logs", "traces", "events", "files"}
    assert set(found) == wanted | ({"published documents"} if expected.documents else set())
