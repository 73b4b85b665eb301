"""Lines of logs: written in batches, found by time, part, gravity, words and trace."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select

from chassis.database import Unit
from chassis.paging import Page
from telemetry.domain.logs import LEVELS, LogLine
from telemetry.storage.tables import log_lines

_WORDS = {number: word for word, number in LEVELS.items()}
LONGEST = 1000
MOST_OF_A_TRACE = 500


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for."""

    part: str = ""
    level: str = ""
    text: str = ""


def keep(unit: Unit, lines: Sequence[LogLine]) -> None:
    """Write lines."""
    if lines:
        unit.session.execute(insert(log_lines), [_row(line) for line in lines])


def _row(line: LogLine) -> dict[str, object]:
    fields = json.dumps(dict(line.fields), ensure_ascii=False) if line.fields else None
    return {
        "id": line.id,
        "at": line.at,
        "part": line.part,
        "gravity": LEVELS.get(line.level, LEVELS["info"]),
        "text": line.text[:LONGEST] or "-",
        "fields": fields,
        "trace_id": line.trace_id or None,
        "size_bytes": line.size,
    }


def find(unit: Unit, wanted: Wanted, page: Page) -> list[LogLine]:
    """Answer a page, newest first, one more than asked for when there are more."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.part:
        conditions.append(log_lines.c.part == wanted.part)
    if wanted.level:
        conditions.append(log_lines.c.gravity >= LEVELS.get(wanted.level, 0))
    if wanted.text:
        conditions.append(log_lines.c.text.contains(wanted.text, autoescape=True))
    if page.after is not None:
        at, last = datetime.fromisoformat(str(page.after[0])), str(page.after[1])
        conditions.append(or_(log_lines.c.at < at, and_(log_lines.c.at == at, log_lines.c.id < last)))
    question = select(log_lines).where(*conditions).order_by(log_lines.c.at.desc(), log_lines.c.id.desc())
    return [_line(row) for row in unit.session.execute(question.limit(page.size + 1))]


def of_trace(unit: Unit, trace_id: str) -> list[LogLine]:
    """Answer the lines of a trace, oldest first."""
    question = select(log_lines).where(log_lines.c.trace_id == trace_id).order_by(log_lines.c.at, log_lines.c.id)
    return [_line(row) for row in unit.session.execute(question.limit(MOST_OF_A_TRACE))]


def _line(row: Row[Any]) -> LogLine:
    fields: dict[str, str] = json.loads(row.fields) if row.fields else {}
    return LogLine(row.id, row.at, row.part, _WORDS.get(row.gravity, "info"), row.text, row.trace_id or "", fields)
