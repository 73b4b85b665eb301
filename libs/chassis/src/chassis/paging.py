"""Pages by key: a cursor names the last row seen, so a page neither skips nor repeats rows that moved."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, cast

from crm.common.v1 import page_pb2

from chassis.errors import InvalidField

DEFAULT_SIZE = 50
MAX_SIZE = 200


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted: `size` rows after the row whose sort values are `after`."""

    size: int = DEFAULT_SIZE
    after: tuple[Any, ...] | None = None
    with_total: bool = False


def read_page(request: page_pb2.PageRequest) -> Page:
    """Reads a page request. Refuses a size out of range and a cursor that this suite did not make."""
    size = request.size or DEFAULT_SIZE
    if not 1 <= size <= MAX_SIZE:
        raise InvalidField("page.size", "OUT_OF_RANGE", minimum="1", maximum=str(MAX_SIZE))
    return Page(size, decode_cursor(request.cursor), request.with_total)


def encode_cursor(values: tuple[Any, ...]) -> str:
    """Makes an opaque cursor of sort values that JSON can hold."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...] | None:
    """Reads a cursor back; empty means the first page."""
    if not cursor:
        return None
    try:
        values: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise ValueError("not a list")
    except (ValueError, binascii.Error) as error:
        raise InvalidField("page.cursor", "CURSOR_INVALID") from error
    return tuple(cast("list[Any]", values))
