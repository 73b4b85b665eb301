"""Files that a day of the audit is kept in: gzip, one JSON line for the day and one for each entry, hashes included."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from support.domain.audit import AuditEntry, DayHead, Verdict, Verifier, Witness, Wrong

FOLDER = "audit-archive"


class ArchiveUnreadable(Exception):
    """The file is not there, is no archive, or was cut off."""


def file_name(day: date) -> str:
    """Answer the name of a day's file."""
    return f"audit-{day.isoformat()}.jsonl.gz"


def write(folder: Path, head: DayHead, entries: Iterable[AuditEntry]) -> Path:
    """Write a day's file under a name that does not count yet, and answer where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(head.day)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed:
        packed.write(_line({"entries": head.entries, "opening": head.opening, "head": head.head, "day": head.day}))
        for entry in entries:
            packed.write(_line(asdict(entry)))
    with unfinished.open("rb+") as raw:
        os.fsync(raw.fileno())
    return unfinished


def finish(unfinished: Path) -> tuple[str, str]:
    """Give a file that was verified its name; answer that and its SHA-256."""
    path = unfinished.with_suffix(".gz")
    unfinished.replace(path)
    return path.name, digest(path)


def digest(path: Path) -> str:
    """Answer the SHA-256 of a file."""
    found = sha256()
    with path.open("rb") as raw:
        while block := raw.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def read(path: Path) -> tuple[DayHead, Iterator[AuditEntry]]:
    """Answer the day of a file and its entries, read one by one. Both raise `ArchiveUnreadable`."""
    lines = _lines(path)
    first = next(lines, None)
    try:
        head = DayHead(date.fromisoformat(first["day"]), first["entries"], first["opening"], first["head"])  # type: ignore[index]  # a file without a line is unreadable too
    except (TypeError, KeyError, ValueError) as error:
        raise ArchiveUnreadable(path.name) from error
    return head, (_entry(line) for line in lines)


def verify(path: Path, head: DayHead | None, before: str | None, witness: Witness | None = None) -> Verdict:
    """Verify a file by itself, and against what the database keeps of the day where that is known."""
    day = head.day if head is not None else _day_of(path)
    try:
        own, entries = read(path)
        verifier = Verifier(head or own, before if before is not None else own.opening, witness)
        for entry in entries:
            verifier.take(entry)
    except ArchiveUnreadable:
        return Verdict(day, 0, 1, Wrong.TRUNCATED, archived=True)
    found = verifier.verdict()
    place, reason = found.first_wrong, found.reason
    if (
        reason is None
        and head is not None
        and (own.entries, own.opening, own.head)
        != (
            head.entries,
            head.opening,
            head.head,
        )
    ):
        place, reason = 1, Wrong.EDITED
    return Verdict(found.day, found.entries, place, reason, archived=True)


def _day_of(path: Path) -> date:
    try:
        return date.fromisoformat(path.name.removeprefix("audit-")[:10])
    except ValueError:
        return date.min


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_text).encode() + b"\n"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as text:
            for line in text:
                yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveUnreadable(path.name) from error


def _entry(line: dict[str, Any]) -> AuditEntry:
    values = dict(line)
    try:
        values["day"] = date.fromisoformat(line["day"])
        values["on_day"] = date.fromisoformat(line["on_day"])
        values["at"] = datetime.fromisoformat(line["at"])
        return AuditEntry(**values)
    except (TypeError, KeyError, ValueError) as error:
        raise ArchiveUnreadable("line") from error
