"""Distinctive values of sensitive columns appear in no answer, refusal, file, log, trace or event where they should not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import python_calamine

from customer.storage import tables
from tests.leaks.archive import CANARIES
from tests.otlp import receiving

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(180)
def test_no_canary_gets_out(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    url = fresh_database(tables.metadata)
    with receiving() as sink:
        done = subprocess.run(
            [sys.executable, "-m", "tests.leaks.canary_run", url, sink.endpoint, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    kept = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    assert len(kept["said"]) > 80
    assert sum("INTERNAL" in line for line in kept["said"]) == 3
    assert [line for line in kept["said"] if CANARIES.search(line)] == []
    assert '"event": "call failed"' in done.stdout
    assert [line for line in done.stdout.splitlines() if CANARIES.search(line)] == []
    assert CANARIES.search(done.stderr) is None
    assert len(sink.raw) > 0
    assert any("call failed" in text for text in sink.raw)
    assert [text for text in sink.raw if CANARIES.search(text)] == []
    # Whoever books a service must be told where; the customer itself travels without its numbers and addresses.
    customers = [payload for kind, payload in kept["events"] if "customer.customer" in kind]
    assert customers
    assert [payload for payload in customers if CANARIES.search(payload)] == []
    sheet = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "taken.xlsx")).get_sheet_by_index(0).to_python()
    assert len(sheet) == 10
    assert [row for row in sheet if CANARIES.search(str(row))] == []
