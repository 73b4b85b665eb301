"""How values cross between Python and Java, as python-oracledb would bring them."""

import datetime as dt
import decimal
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

# Both come with few types.
jpype: Any = import_module("jpype")
oracledb: Any = import_module("oracledb")

_PLAIN = frozenset({str, int})


class Variable:
    """A column's way out, as an output handler or RETURNING asks for it."""

    def __init__(self, kind: Any, outconverter: Callable[[Any], Any] | None) -> None:
        self._convert = _TO.get(kind, _as_it_is)
        self._then = outconverter
        self.values: list[list[Any]] = []

    def read(self, value: Any) -> Any:
        """Converts a value."""
        found = self._convert(value)
        return found if self._then is None else self._then(found)


def _as_it_is(value: Any) -> Any:
    return value


_TO: dict[Any, Callable[[Any], Any]] = {
    decimal.Decimal: lambda value: decimal.Decimal(str(value)),
    oracledb.NATIVE_FLOAT: float,
    oracledb.STRING: str,
    int: int,
}


def bind(prepared: Any, names: tuple[str, ...], values: Any) -> None:
    """Gives a finished statement its values."""
    for at, name in enumerate(names):
        value = values[name] if name in values else values[name.strip('"')]
        if value is None:
            prepared.setNull(at + 1, 0)
        elif type(cast("object", value)) in _PLAIN:
            prepared.setObject(at + 1, value)
        else:
            prepared.setObject(at + 1, _java(value))


def _java(value: Any) -> Any:
    if isinstance(value, bool):
        raise oracledb.NotSupportedError("ORA-00902: 19c has no truth values in SQL")
    if isinstance(value, str):
        return jpype.JString(str(value))
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            raise oracledb.NotSupportedError(
                f"the driver would drop the zone of {value}: its type must be chassis.columns.Moment"
            )
        parts = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond * 1000)
        return jpype.JClass("java.time.LocalDateTime").of(*parts)
    if isinstance(value, dt.date):
        return jpype.JClass("java.time.LocalDate").of(value.year, value.month, value.day)
    if isinstance(value, decimal.Decimal):
        return jpype.JClass("java.math.BigDecimal")(format(value, "f"))
    if isinstance(value, bytes | bytearray | memoryview):
        return jpype.JArray(jpype.JByte)(bytes(cast("bytes", value)))
    return value


@dataclass
class Column:
    """A column of an answer."""

    name: str
    kind: Any
    precise: tuple[int, int]
    number: int
    ways: tuple[Callable[[Any], Any], ...]

    @classmethod
    def of(cls, about: Any, number: int, cursor: Any) -> "Column":
        """Looks at what an answer says of its column, and asks the output handlers, as the driver does."""
        name, sql_type = str(about.getColumnLabel(number)), str(about.getColumnTypeName(number))
        kind, convert = _KINDS.get(sql_type, (oracledb.DB_TYPE_VARCHAR, str))
        precise = (0, -127)
        if sql_type == "NUMERIC":
            precise = (int(about.getPrecision(number)), int(about.getScale(number)))
        handler = cursor.outputtypehandler or cursor.connection.outputtypehandler
        variable = handler and handler(cursor, name, kind, 0, *precise)
        ways = (convert,) if variable is None else (convert, variable.read)
        return cls(name, kind, precise, number, ways)

    def read(self, row: Any) -> Any:
        """Answers the value in a row."""
        value = row.getObject(self.number)
        if value is None:
            return None
        for way in self.ways:
            value = way(value)
        return value


def _instant(value: Any) -> dt.datetime:
    """As the driver: the clock of the zone it was stored in, and not a word about the zone."""
    local = value.toLocalDateTime()
    return dt.datetime(  # noqa: DTZ001  the driver's have none
        local.getYear(),
        local.getMonthValue(),
        local.getDayOfMonth(),
        local.getHour(),
        local.getMinute(),
        local.getSecond(),
        local.getNano() // 1000,
    )


def _number(value: Any) -> int | decimal.Decimal:
    text = str(value.stripTrailingZeros().toPlainString()) if hasattr(value, "stripTrailingZeros") else str(value)
    return decimal.Decimal(text) if "." in text else int(text)


def _long_text(value: Any) -> str:
    return str(value.getSubString(1, int(value.length())))


def _bytes(value: Any) -> bytes:
    return bytes(value.getBytes(1, int(value.length())))


_INTEGERS = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DECFLOAT", "NUMERIC")
_KINDS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "CHARACTER": (oracledb.DB_TYPE_CHAR, str),
    "CHARACTER VARYING": (oracledb.DB_TYPE_VARCHAR, str),
    "CHARACTER LARGE OBJECT": (oracledb.CLOB, _long_text),
    "BINARY LARGE OBJECT": (oracledb.BLOB, _bytes),
    "BINARY VARYING": (oracledb.DB_TYPE_RAW, lambda value: bytes(value)),
    "TIMESTAMP": (oracledb.DATETIME, _instant),
    "TIMESTAMP WITH TIME ZONE": (oracledb.DB_TYPE_TIMESTAMP_TZ, _instant),
    "DOUBLE PRECISION": (oracledb.DB_TYPE_BINARY_DOUBLE, float),
    **dict.fromkeys(_INTEGERS, (oracledb.NUMBER, _number)),
}
