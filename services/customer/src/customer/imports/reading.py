"""Reads a spooled file through the child process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from customer.imports.refusal import FileRefused
from customer.imports.staged_lines import split

_BLOCK = 128 * 1024
_LAST_WORDS = 150
Task = dict[str, Any]


@dataclass
class ChildRows:
    """The rows of one file, staged by a child process of ours; `read_so_far` is called with the count and the guess of all."""

    task: Task
    folder: Path
    target: Path
    read_so_far: Callable[[int, int], None]
    _child: "subprocess.Popen[bytes] | None" = None
    _outcome: dict[str, Any] = field(default_factory=dict[str, Any])
    _guess: int = 1

    def present(self) -> frozenset[str]:
        """Starts the child and answers the columns the file has. Raises `FileRefused`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        staging = {**self.task, "do": "stage", "failures": self._path("failures"), "outcome": self._path("outcome")}
        Path(staging["outcome"]).unlink(missing_ok=True)
        self._child = self._start(staging)
        header = _out(self._child).readline()
        if not header:
            self._end()
        found = json.loads(header)
        self._guess = found["rows"]
        return frozenset(found["present"])

    def blocks(self) -> Iterator[bytes]:
        """Yields the staged rows."""
        staged = 0
        out = _out(self._child)
        while block := out.read1(_BLOCK):
            staged += block.count(b"\n")
            self.read_so_far(staged, self._guess)
            yield block
        self._end()

    def counts(self) -> tuple[int, int]:
        """Answers how many rows were read and how many of them failed."""
        return int(self._outcome["read"]), int(self._outcome["failed"])

    def split(self, lines: Iterable[str]) -> Iterable[Sequence[str | None]]:
        """Splits lines into cells."""
        return split(lines)

    def close_with(self, failures: Iterator[tuple[int, str]]) -> None:
        """Writes the error file: what the child refused and what the archive refused, in the order of the rows."""
        with Path(self._path("refused")).open("w", encoding="utf-8") as stream:
            for line, reason in failures:
                stream.write(json.dumps([line, [["", reason]]]) + "\n")
        lists = [self._path("failures"), self._path("refused")]
        self._child = self._start({**self.task, "do": "errors", "failures": lists, "target": str(self.target)})
        if self._child.wait() != 0:
            raise RuntimeError(f"the error file was not written: {self._last_words()}")

    def stop(self) -> None:
        """Ends the child, whatever it is doing."""
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        _out(self._child).close()

    def _end(self) -> None:
        child = self._child
        if child is None:
            raise RuntimeError("the child was not started")
        status = child.wait()
        path = Path(self._path("outcome"))
        if status != 0 or not path.exists():
            # A limit ended it: whatever the file is, it is not a table of people.
            raise FileRefused("FILE_UNREADABLE", self._last_words() or f"status {status}")
        self._outcome = json.loads(path.read_text(encoding="utf-8"))
        if "refused" in self._outcome:
            raise FileRefused(self._outcome["refused"], self._outcome["detail"])

    def _start(self, task: Task) -> "subprocess.Popen[bytes]":
        self.stop()
        with Path(self._path("words")).open("wb") as words:
            # Nothing of the service's environment goes along: the child needs no secret and no address.
            child = subprocess.Popen(
                [sys.executable, "-m", "customer.imports.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
            )
        if child.stdin is not None:
            with child.stdin as told:
                told.write(json.dumps(task).encode())
        return child

    def _last_words(self) -> str:
        words = Path(self._path("words")).read_text(encoding="utf-8", errors="replace")
        return words.strip()[-_LAST_WORDS:]

    def _path(self, name: str) -> str:
        return str(self.folder / name)


def _out(child: "subprocess.Popen[bytes] | None") -> Any:
    if child is None or child.stdout is None:
        raise RuntimeError("the child was not started")
    return child.stdout
