"""The process that reads a file: apart from the service, with limits, so that no file can hurt more than itself.

It gets one JSON task on its standard input. `stage` writes to its standard output a header line (JSON: the columns the
file has and how many rows to expect, or why it is refused whole), then the staged rows; what is wrong with the others goes
to `failures`, one JSON line each, and the outcome to `outcome`. `errors` writes the error file.
"""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from customer.domain.customer import EXTRA
from customer.domain.loading import extra_names, staged_extras
from customer.domain.organisation import Community, Organisation
from customer.imports.cells import Cell
from customer.imports.errors_file import write_errors
from customer.imports.extra_columns import extra_fields_of, stored, with_extras
from customer.imports.finishing import finish_for
from customer.imports.forms import forms
from customer.imports.records import RowReader
from customer.imports.refusal import FileRefused
from customer.imports.staged_lines import LineWriter
from customer.imports.table_files import estimate_rows, read_rows

_MEMORY = 2 * 1024**3
_SECONDS = 1800
_LINES_A_WRITE = 500
_NO_CELLS: list[Cell] = []

Task = dict[str, Any]


def main() -> None:
    """Does the task on standard input."""
    task: Task = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if task["do"] == "errors":
        write_errors(task)
        return
    outcome = stage(task, sys.stdout.buffer)
    Path(task["outcome"]).write_text(json.dumps(outcome), encoding="utf-8")


def stage(task: Task, out: BinaryIO) -> dict[str, Any]:
    """Writes the staged rows and the failures; answers how many rows were read, or why the file is refused."""
    path, name = Path(task["path"]), str(task["name"])
    try:
        rows = read_rows(path, name)
        reader = _reader(task, rows)
        header = {"present": sorted(reader.present), "rows": estimate_rows(path, name)}
        out.write(json.dumps(header).encode() + b"\n")
        return _stage_rows(task, rows, reader, out)
    except FileRefused as refused:
        return {"refused": refused.reason, "detail": refused.detail}
    except MemoryError:
        return {"refused": "FILE_TOO_LARGE_UNPACKED", "detail": "memory"}


def _reader(task: Task, rows: Iterator[tuple[int, list[Cell]]]) -> RowReader:
    _, header = next(rows, (0, _NO_CELLS))
    form = with_extras(forms(ZoneInfo(task["zone"]))[task["form"]], extra_fields_of(task))
    return RowReader(form, header, finish_for(form.name, _branch(task)), frozenset(task.get("closed", ())))


def _branch(task: Task) -> Organisation:
    communities = tuple(Community(**one) for one in task["communities"])
    return Organisation(communities, frozenset(task["staff"]))


def _stage_rows(task: Task, rows: Iterator[tuple[int, list[Cell]]], reader: RowReader, out: BinaryIO) -> dict[str, Any]:
    names = extra_names(reader.present)
    line = LineWriter(task["form"], staged_extras(names)).line
    read = failed = 0
    held: list[str] = []
    with Path(task["failures"]).open("w", encoding="utf-8") as failures:
        for number, row in rows:
            read += 1
            values, problems = reader.read(row)
            if problems:
                failed += 1
                failures.write(json.dumps([number, problems]) + "\n")
                continue
            if names:
                values[EXTRA] = stored(values, names)
            held.append(line(number, str(uuid7()), values))
            if len(held) >= _LINES_A_WRITE:
                out.write("".join(held).encode())
                held.clear()
    out.write("".join(held).encode())
    out.flush()
    return {"read": read, "failed": failed}


if __name__ == "__main__":
    main()
