import csv
import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demo_branch.files import FILES, write

TODAY = date(2026, 11, 22)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", 300, today=TODAY)
    write(tmp_path / "b", 300, today=TODAY)
    write(tmp_path / "c", 300, today=TODAY, seed=2)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a") != digests(tmp_path / "c")


def test_the_files_hold_what_was_counted(tmp_path: Path) -> None:
    counted = write(tmp_path, 500, today=TODAY)
    found: dict[str, int] = {}
    for file in FILES:
        if file.name.endswith(".csv"):
            with (tmp_path / file.name).open(encoding="utf-8", newline="") as stream:
                found[file.form] = len(list(csv.DictReader(stream)))
        else:
            rows = CalamineWorkbook.from_path(tmp_path / file.name).get_sheet_by_index(0).to_python()
            assert rows[0][:2] == ["appointment_number", "customer_number"]
            found[file.form] = len(rows) - 1
    assert found == counted
    assert counted["customer"] == 500


@pytest.mark.slow
def test_memory_does_not_grow_with_the_count(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from datetime import date; from pathlib import Path; from demo_branch.files import write;"
        "write(Path(sys.argv[1]), int(sys.argv[2]), today=date(2026, 11, 22));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak_kib(count: int) -> int:
        command = [sys.executable, "-c", script, str(tmp_path), str(count)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak_kib(6_000) - peak_kib(500) < 4 * 1024
