"""H2 in its Oracle mode behind the face of python-oracledb, as far as SQLAlchemy and the services look at that.

Values cross as that driver's do: an instant goes in without its zone (an aware one is refused here, where the driver would
drop the zone without a word) and comes out without it, a day comes out as a date with a time, a number without the zeros at
its end. SQLAlchemy's own conversions for Oracle stand above this, unchanged.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from tests.oracle.h2 import wording
from tests.oracle.h2.values import Column, Variable, bind

# Both come with few types.
jpype: Any = import_module("jpype")
oracledb: Any = import_module("oracledb")

_BIND = re.compile(r"""'(?:[^']|'')*'|:(?P<name>"[^"]+"|[A-Za-z]\w*)|"[^"]*"|--[^\n]*""")
_ROWS_A_BATCH = 1000
_HELD_BY_A_KEY = "90085"
_INTEGRITY = {"23502": 1400, "23505": 1, "23503": 2291, "23506": 2291, "23513": 2290}
_CODES = {
    "90131": 8177,
    "40001": 60,
    "50200": 54,
    "22001": 12899,
    "22003": 1438,
    "42102": 942,
    "42101": 955,
    "22025": 12725,
}


@dataclass(frozen=True)
class _Fault:
    """What the driver's errors carry."""

    code: int
    full_code: str
    message: str
    isrecoverable: bool = False

    def __str__(self) -> str:
        return self.message


@contextmanager
def _faults_in_oracles_words(statement: str = "") -> Generator[None]:
    """Turns what H2 refuses into the driver's errors."""
    try:
        yield
    except jpype.JClass("java.sql.SQLException") as error:  # pyright: ignore[reportGeneralTypeIssues]  # a Java class is one of Python's as well
        state = str(error.getSQLState())
        if state == _HELD_BY_A_KEY and statement.lstrip().startswith("DROP INDEX"):
            return  # H2 lends a key the index that is there; it goes with its table.
        code = _INTEGRITY.get(state) or _CODES.get(state, 900)
        kind = oracledb.IntegrityError if state in _INTEGRITY else oracledb.DatabaseError
        raise kind(_Fault(code, f"ORA-{code:05}", f"H2 {state}: {error.getMessage()}")) from None


@lru_cache(maxsize=4096)
def positional(statement: str) -> tuple[str, tuple[str, ...]]:
    """Answers a statement with `?` for every named bind, and the names in their order."""
    names: list[str] = []
    written = wording.for_h2(statement)

    def name(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match.group()
        names.append(match["name"])
        return "?"

    return _BIND.sub(name, written), tuple(names)


_RETURNING = re.compile(r"^(?P<change>.*) RETURNING (?P<columns>.*) INTO (?P<names>[^()]*)$", re.DOTALL | re.IGNORECASE)


def returning(statement: str) -> tuple[str, list[str]]:
    """Answers a change that gives back columns as H2 writes it, and the names of the variables that take them."""
    found = _RETURNING.match(statement)
    if found is None:
        return statement, []
    columns = re.sub(r"\w+\.(?=\w)", "", found["columns"])
    names = [name.strip().removeprefix(":") for name in found["names"].split(",")]
    return f"SELECT {columns} FROM FINAL TABLE ({found['change']})", names  # noqa: S608  both are SQLAlchemy's words


class Cursor:
    """Runs statements."""

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.outputtypehandler: Any = None
        self.arraysize = 100
        self.rowcount = -1
        self.description: list[tuple[Any, ...]] | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._at = 0

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def var(self, kind: Any, _size: int = 0, arraysize: int = 1, outconverter: Any = None, **_: Any) -> Variable:
        """Makes a variable for an output handler."""
        del arraysize
        return Variable(kind, outconverter)

    def setinputsizes(self, *_: Any, **__: Any) -> None:
        """The values say what they are."""

    def execute(self, statement: str, values: Any = None, **named: Any) -> "Cursor":
        """Runs a statement once."""
        statement, taken = returning(statement)
        text, names = positional(statement)
        with _faults_in_oracles_words(text), self.connection.prepared(text) as prepared:
            bind(prepared, names, values or named)
            if prepared.execute():
                self._take(prepared.getResultSet())
            else:
                self.description, self._rows = None, []
                self.rowcount = int(prepared.getUpdateCount())
        for at, name in enumerate(taken):
            values[name].values = [[values[name].read(row[at]) for row in self._rows]]
        if taken:
            self.description = None
        return self

    def executemany(self, statement: str, rows: Sequence[Any]) -> None:
        """Runs a statement once for each row."""
        if _RETURNING.match(statement):
            raise oracledb.NotSupportedError("no test has needed RETURNING of many rows on H2 yet")
        text, names = positional(statement)
        self.description, self._rows, self.rowcount = None, [], 0
        with _faults_in_oracles_words(), self.connection.prepared(text) as prepared:
            for start in range(0, len(rows), _ROWS_A_BATCH):
                for values in rows[start : start + _ROWS_A_BATCH]:
                    bind(prepared, names, values)
                    prepared.addBatch()
                self.rowcount += sum(prepared.executeBatch())

    def _take(self, found: Any) -> None:
        columns = [
            Column.of(found.getMetaData(), at, self) for at in range(1, found.getMetaData().getColumnCount() + 1)
        ]
        self.description = [(column.name, column.kind, None, None, *column.precise, True) for column in columns]
        rows: list[tuple[Any, ...]] = []
        while found.next():
            rows.append(tuple(column.read(found) for column in columns))
        self._rows, self._at, self.rowcount = rows, 0, len(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        """Answers the next row."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Answers the next rows."""
        start, self._at = self._at, min(self._at + (size or self.arraysize), len(self._rows))
        return self._rows[start : self._at]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Answers the rows that are left."""
        return self.fetchmany(len(self._rows) or 1)

    def close(self) -> None:
        """Forgets the rows."""
        self._rows = []


class Connection:
    """A session."""

    version = "19.0.0.0.0"

    def __init__(self, held: Any) -> None:
        self._held = held
        self._prepared: dict[str, Any] = {}
        self.outputtypehandler: Any = None
        self.call_timeout = 0
        held.setAutoCommit(False)

    @contextmanager
    def prepared(self, text: str) -> Generator[Any]:
        """Lends the finished statement; the next one to ask for the same text takes it over."""
        found = self._prepared.pop(text, None) or self._held.prepareStatement(text)
        found.clearParameters()
        yield found
        if len(self._prepared) < 500:
            self._prepared[text] = found
        else:
            found.close()

    @property
    def autocommit(self) -> bool:
        """Whether each statement is a transaction of its own."""
        return bool(self._held.getAutoCommit())

    @autocommit.setter
    def autocommit(self, wanted: bool) -> None:
        self._held.setAutoCommit(wanted)

    def cursor(self) -> Cursor:
        """Opens a cursor."""
        return Cursor(self)

    def commit(self) -> None:
        """Ends the transaction."""
        with _faults_in_oracles_words():
            self._held.commit()

    def rollback(self) -> None:
        """Undoes the transaction."""
        with _faults_in_oracles_words():
            self._held.rollback()

    def close(self) -> None:
        """Ends the session."""
        self._prepared.clear()
        self._held.close()
