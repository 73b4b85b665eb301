"""Structured logs: one JSON line each, with the trace id, never a secret, never a full telephone or identity number."""

import contextlib
import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from chassis.telemetry import log_record, on, trace_id

_SECRET_KEYS = ("token", "secret", "password", "authorization", "cookie")
# Eleven digits of a mobile number, eighteen (or seventeen and X) of an identity card.
_ID_CARD = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
# What a database says of the row or key it refused: its values, whatever they are.
_ROW = re.compile(r"(Failing row contains|Key \([^)]*\)=|parameters:).*")
_ACCOUNT = re.compile(r"(?<!\d)\d{12,15}(\d{4})(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
# Said of an exported line in places of their own.
_CARRIED = frozenset({"event", "level", "time", "service", "trace_id"})
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def start(service: str, level: str = "info") -> None:
    """Sends every log line of the process to standard output as JSON."""
    if not hasattr(sys.stdout, "undisturbed"):
        sys.stdout = cast("TextIO", _Undisturbed(sys.stdout))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _stamp(service),
            _redact,
            _export,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS.get(level, 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    if _LEVELS.get(level, 20) <= _LEVELS["info"]:
        _Calls.head = f'{{"event": "call", "level": "info", "service": "{service}", '
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


class _Undisturbed:
    """Standard output whose loss nobody notices: on a full disk a call goes on without its line instead of breaking off."""

    undisturbed = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes what can be written."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hands on what can be handed on."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Calls:
    """How a call's line begins; None while such lines are not wanted."""

    head: str | None = None
    second = 0
    stamp = ""


def call(method: str, code: str, milliseconds: float, reason: str = "") -> None:
    """Writes the one line of a call. Written by hand: the general way costs 80 µs, more than all else around a call."""
    if _Calls.head is None:
        return
    now = time.time()
    if int(now) != _Calls.second:
        _Calls.second = int(now)
        _Calls.stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    tail = f', "reason": "{reason}"' if reason else ""
    if on() and (found := trace_id()):
        tail += f', "trace_id": "{found}"'
    sys.stdout.write(
        f'{_Calls.head}"method": "{method}", "code": "{code}", "ms": {milliseconds:.1f}, '
        f'"time": "{_Calls.stamp}.{int(now * 1000) % 1000:03d}Z"{tail}}}\n'
    )


def redact(text: str) -> str:
    """Masks telephone, identity and bank account numbers in a text, and leaves out rows that a database refused."""
    shorter = _ROW.sub(r"\1 …", text) if "row" in text or "Key" in text or "parameters" in text else text
    return _ACCOUNT.sub(r"**** \1", _PHONE.sub(r"\1****\2", _ID_CARD.sub(r"\1**********\2", shorter)))


def _stamp(service: str) -> structlog.types.Processor:
    def stamp(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        now = time.time()
        event["time"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        event["service"] = service
        if on() and (found := trace_id()):
            event["trace_id"] = found
        return event

    return stamp


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if any(word in key.lower() for word in _SECRET_KEYS):
            event[key] = "***"
        elif isinstance(value, str) and key not in ("time", "trace_id"):
            event[key] = redact(value)
    return event


def _export(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # What the exporter itself complains of is not exported: it would be its own next complaint.
    if on() and not str(event.get("logger", "")).startswith("opentelemetry"):
        attributes = {key: str(value) for key, value in event.items() if key not in _CARRIED}
        log_record(str(event.get("level", "info")), str(event.get("event", "")), attributes)
    return event


class _Bridge(logging.Handler):
    """Carries log lines of libraries over."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line."""
        # gRPC logs a cancelled poller at every stop; it says nothing an operator could act on.
        if record.name.startswith("opentelemetry") and record.levelno < logging.ERROR:
            return
        log = structlog.get_logger()
        text = record.getMessage()
        if record.exc_info:
            log.error(text, logger=record.name, exc_info=record.exc_info)
        else:
            log.log(record.levelno, text, logger=record.name)
