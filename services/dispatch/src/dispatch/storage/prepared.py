"""Statements of the busiest calls, finished once and run by the driver itself.

Building and compiling a statement costs more than running it. On PostgreSQL the finished text is kept; on any other database the
ordinary road is taken, which also converts values the driver there does not know.

What a caller may see stands in the text of a question, so the caller's rights are part of its key: when rules, person, units or
the day change they are other rights, and another statement. Values that differ from call to call are named parameters.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Table, insert

from chassis.database import Unit

MOST = 2000
FAST = "postgresql"
Finished = tuple[str, dict[str, Any]]
_kept: OrderedDict[Hashable, Finished] = OrderedDict()
_lock = Lock()


def run(unit: Unit, question: Hashable, build: Callable[[], Any], values: Mapping[str, Any]) -> Sequence[Any]:
    """Runs a statement that only reads; `build` makes it the first time this caller asks this question."""
    connection = unit.connection()
    if connection.dialect.name != FAST:
        return _plainly(connection, build(), values)
    key = (question, unit.access.rights(unit.actor))
    text, fixed = _finished(key, build, connection)
    return _fetch(connection, text, {**fixed, **{name: values[name] for name in values if name in fixed}})


def add_rows(unit: Unit, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows that all have the same columns."""
    if not rows:
        return
    connection = unit.connection()
    if connection.dialect.name != FAST:
        connection.execute(insert(table), list(rows))
        return
    columns = tuple(rows[0])
    text, _ = _finished((table.name, columns), lambda: insert(table).values(dict.fromkeys(columns)), connection)
    connection.exec_driver_sql(text, dict(rows[0]) if len(rows) == 1 else [dict(row) for row in rows])


def _finished(key: Hashable, build: Callable[[], Any], connection: Connection) -> Finished:
    finished = _kept.get(key)
    if finished is None:
        compiled = build().compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        finished = compiled.string, dict(compiled.params)
        with _lock:
            _kept[key] = finished
            if len(_kept) > MOST:
                _kept.popitem(last=False)
    return finished


def _plainly(connection: Connection, statement: Any, values: Mapping[str, Any]) -> Sequence[Any]:
    wanted = statement.compile(dialect=connection.dialect).params
    return connection.execute(statement, {name: values[name] for name in values if name in wanted}).all()


def driver_connection(connection: Connection) -> Any:
    """Answers psycopg's own connection."""
    return connection.connection.driver_connection


def _fetch(connection: Connection, text: str, values: dict[str, Any]) -> Sequence[Any]:
    driver: Any = connection.dialect.dbapi
    try:
        # The driver's own cursor: plain tuples, and a third less work a call than with result objects around them;
        # numbers come as they are and not as text.
        cursor = driver_connection(connection).cursor(binary=True)
        try:
            cursor.execute(text, values)
            return cursor.fetchall()
        finally:
            cursor.close()
    except driver.Error:
        # Whatever it was, the ordinary road names it rightly, and drops a connection that has died.
        rows: Any = connection.exec_driver_sql(text, values)
        return rows.all()
