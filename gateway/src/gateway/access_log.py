"""One line a request: what was asked, by whom, from where, how it ended. Never a query, a body, a cookie or a token.

The lines have the shape of chassis' own, but are put together and written in batches: at a thousand calls a second
the general logger would cost as much as the forwarding itself (measured: 57 against 4 microseconds a line).
"""

import asyncio
import sys
from time import gmtime, perf_counter, strftime, time
from typing import Any

import orjson

from chassis.logging import redact
from chassis.telemetry import on, trace_id

_FLUSH_AFTER = 0.2
_FLUSH_AT = 256


class AccessLog:
    """Collects lines and writes them a few times a second."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def line(
        self, method: str, path: str, status: int, begun: float, *, who: str = "", ip: str = "", reason: str = ""
    ) -> None:
        """Adds one line."""
        if not self._enabled:
            return
        now = time()
        fields: dict[str, Any] = {
            "event": "request",
            "level": "info",
            "time": f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(now))}.{int(now * 1000) % 1000:03d}Z",
            "service": "gateway",
            "method": method,
            "path": path if path.startswith("/rpc/") else redact(path),
            "status": status,
            "ms": round((perf_counter() - begun) * 1000, 1),
            "who": who,
            "ip": ip,
        }
        if reason:
            fields["reason"] = reason
        if on() and (found := trace_id()):
            fields["trace_id"] = found
        self._lines.append(orjson.dumps(fields))
        if len(self._lines) >= _FLUSH_AT:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_AFTER, self.flush)

    def flush(self) -> None:
        """Writes what has been collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            sys.stdout.write(b"\n".join(lines).decode() + "\n")
            sys.stdout.flush()
