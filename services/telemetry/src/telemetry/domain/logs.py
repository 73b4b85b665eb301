"""A line of a log as a part said it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""How grave a line is."""


@dataclass(frozen=True)
class LogLine:
    """One line; masked where it was written."""

    id: str
    at: datetime
    part: str
    level: str
    text: str
    trace_id: str
    fields: Mapping[str, str]

    @property
    def size(self) -> int:
        """Roughly the bytes it takes."""
        return 150 + 2 * len(self.text) + sum(len(key) + 2 * len(value) for key, value in self.fields.items())
