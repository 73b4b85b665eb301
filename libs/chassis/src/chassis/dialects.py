"""How a session is opened, limited and found dead on PostgreSQL and on Oracle. SQL that differs is in `chassis.sql`.

The driver of Oracle is python-oracledb in its thin mode: nothing of Oracle's needs to be installed beside it.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

_CONNECT_WITHIN = 5
# SQLSTATE classes: connection, resources, operator intervention.
_AWAY_STATES = frozenset({"08", "53", "57"})
_AWAY_CODES = frozenset({
    # Shutting down, or not up.
    "ORA-01033", "ORA-01034", "ORA-01089", "ORA-01090", "ORA-01092",
    # The session or its line was lost.
    "ORA-00028", "ORA-02396", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-12537", "ORA-12547", "ORA-12570", "ORA-12571",
    # The listener cannot help; too many sessions.
    "ORA-12170", "ORA-12514", "ORA-12516", "ORA-12520", "ORA-12528", "ORA-12541", "ORA-00018", "ORA-00020",
    # The driver's own words: not connected, refused, cannot connect, closed.
    "DPY-1001", "DPY-4011", "DPY-4033", "DPY-6000", "DPY-6001", "DPY-6003", "DPY-6005",
})  # fmt: skip
_FULL = frozenset({"53100", "ORA-00257", "ORA-01536", "ORA-01653", "ORA-01654", "ORA-01688", "ORA-01691", "ORA-30036"})
# Cut off for its time, or by whoever asked: the server's words and the driver's.
_TOO_SLOW = frozenset({"57014", "ORA-01013", "ORA-03136", "DPY-4024"})
# A regular expression with something unmatched or not allowed, or too long.
_MEANINGLESS = frozenset({"ORA-12725", "ORA-12726", "ORA-12727", "ORA-12728", "ORA-12729", "ORA-12733"})


def is_postgresql(on: Connection | Engine) -> bool:
    """Tells whether PostgreSQL's own ways are there."""
    return on.dialect.name == "postgresql"


def open_engine(url: URL | str, *, statement_timeout: int, **pool: Any) -> Engine:
    """Makes an engine whose sessions end a statement after so many milliseconds, and think in UTC."""
    address = make_url(url)
    arguments = _ARGUMENTS.get(address.get_backend_name(), lambda _: {})(statement_timeout)
    engine = create_engine(address, hide_parameters=True, connect_args=arguments, **pool)
    if engine.dialect.name == "oracle":
        event.listen(engine, "connect", _speak_utc)
        event.listen(engine, "checkout", _limit(statement_timeout))
    return engine


def lift_limits(connection: Connection) -> None:
    """Lets statements of this transaction run as long as they must."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    else:
        driver: Any = connection.connection.driver_connection
        # Limited again when the pool lends it to the next.
        driver.call_timeout = 0


def away(error: DBAPIError) -> bool:
    """Tells whether the server is away or refuses work for now: whoever asked may ask again."""
    if error.connection_invalidated:
        return True
    code = _code(error)
    return code in _AWAY_CODES or code[:2] in _AWAY_STATES or (not code and isinstance(error, OperationalError))


def full(error: DBAPIError) -> bool:
    """Tells whether the server has no room left: disk, tablespace, quota or the place for its log."""
    return _code(error) in _FULL


def too_slow(error: DBAPIError) -> bool:
    """Tells whether a statement took longer than any may, or was cut off by an operator."""
    return _code(error) in _TOO_SLOW


def meaningless(error: DBAPIError) -> bool:
    """Tells whether the server could make nothing of a value it was sent, such as a pattern with an open bracket."""
    return isinstance(error, DataError) or _code(error) in _MEANINGLESS


def _code(error: DBAPIError) -> str:
    """Answers PostgreSQL's SQLSTATE, or Oracle's code such as ORA-00942 or DPY-4011; empty where there is neither."""
    if state := getattr(error.orig, "sqlstate", None):
        return str(state)
    first: Any = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return str(getattr(first, "full_code", "") or "")


def _postgresql(statement_timeout: int) -> dict[str, Any]:
    return {
        "options": f"-c statement_timeout={statement_timeout} -c idle_in_transaction_session_timeout=60000 -c jit=off"
        # A caller who goes hangs up (shedding.py): the server is to notice, and end the statement.
        " -c client_connection_check_interval=2000",
        "connect_timeout": _CONNECT_WITHIN,
        # A server that vanished without a word is given up after a quarter of a minute.
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 2,
        "tcp_user_timeout": 15000,
    }


def _oracle(_: int) -> dict[str, Any]:
    # Asks a silent connection after a minute whether it is there; a firewall that forgot it is found out so.
    return {"tcp_connect_timeout": float(_CONNECT_WITHIN), "expire_time": 1}


_ARGUMENTS = {"postgresql": _postgresql, "oracle": _oracle}


def _speak_utc(driver: Any, _record: Any) -> None:
    """Sets up a new session of Oracle.

    Its zone is UTC as an offset: the driver sends instants without a zone, which then count as UTC, and it cannot read back
    a zone that has a name. Texts are compared byte by byte, as PostgreSQL's are here, whatever the server's language is.
    """
    with driver.cursor() as cursor:
        for setting in ("TIME_ZONE = '+00:00'", "NLS_SORT = BINARY", "NLS_COMP = BINARY"):
            cursor.execute(f"ALTER SESSION SET {setting}")


def _limit(statement_timeout: int) -> Callable[[Any, Any, Any], None]:
    """Limits a session each time it is taken out of the pool: whoever had it may have lifted the limit."""

    def limit(driver: Any, _record: Any, _proxy: Any) -> None:
        driver.call_timeout = statement_timeout

    return limit
