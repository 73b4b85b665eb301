"""What may be said of a message nobody could take: its fields by name, its ids, and its error without what people are called.

Whoever looks after the machines may not see customers. So no value of a message is shown but ids, and of an error only what
its program wrote: digits and rows are masked as in the logs (logging.py), and Chinese, which only data is written in here, is left out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from chassis.logging import redact

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z:._-]{0,63}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,79}")
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_DEEPEST = 3
_MOST = 30
_SHOWN = 300


@dataclass(frozen=True)
class Summary:
    """A message without its values: ids by path, the names of fields that are set, the size in bytes."""

    ids: dict[str, str] = field(default_factory=dict[str, str])
    fields: tuple[str, ...] = ()
    size: int = 0


def reason_of(error: str) -> str:
    """Answers the kind of an error from its `repr`; `UNKNOWN` where that names none."""
    name = error.partition("(")[0].rpartition(".")[2]
    return name if _NAME.fullmatch(name) else "UNKNOWN"


def said_by(error: str) -> str:
    """Answers what an error says from its `repr`, without what could be somebody's."""
    return _CHINESE.sub("…", redact(error)).replace("\\n", " ")[:_SHOWN]


def trace_of(traceparent: str) -> str:
    """Answers the trace of a `traceparent`, empty for none."""
    found = _TRACE.fullmatch(traceparent)
    return found.group(1) if found else ""


def header_of(headers: str, name: str) -> str:
    """Answers one of the headers an event came with (JSON), empty for none."""
    try:
        found: Any = json.loads(headers or "{}")
    except ValueError:
        return ""
    return str(found.get(name, "")) if isinstance(found, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # JSON of anybody


def summary_of(headers: str, payload: bytes) -> Summary:
    """Answers a message by the contract its headers name; only its size where it is none of ours or cannot be read."""
    try:
        kind = descriptor_pool.Default().FindMessageTypeByName(header_of(headers, "ce-type"))
        message = GetMessageClass(kind).FromString(payload)
    except (KeyError, DecodeError):
        return Summary(size=len(payload))
    paths: dict[str, str] = {}
    for path, value in _leaves(message, "", 0):
        if len(paths) >= _MOST:
            break
        paths.setdefault(path, value)
    return Summary({path: value for path, value in paths.items() if value}, tuple(paths), len(payload))


def _leaves(message: Message, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yields the path of every field that is set, with its value where it is an id. Of a list the first tells the shape."""
    for known, value in message.ListFields():
        path = f"{prefix}{known.name}"
        held: Any = value
        if known.is_repeated:
            yield f"{path}[]", ""
            held = value[0] if known.message_type and not known.message_type.GetOptions().map_entry else None
        if isinstance(held, Message) and depth < _DEEPEST:
            yield from _leaves(held, f"{path}.", depth + 1)
        elif not known.is_repeated:
            yield path, _as_id(known.name, held)


def _as_id(name: str, value: Any) -> str:
    if name == "version" and isinstance(value, int):
        return str(value)
    is_id = isinstance(value, str) and (name == "id" or name.endswith("_id"))
    return value if is_id and _ID.fullmatch(value) and redact(value) == value else ""
