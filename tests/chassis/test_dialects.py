"""Sessions and errors of Oracle, by its own driver as far as that goes without a server."""

import socket
from importlib import import_module
from pathlib import Path
from typing import Any

import oracledb
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.dialects import away, full, meaningless, open_engine, too_slow
from chassis.errors import DatabaseUnavailable, StorageFull, TooSlow
from chassis.settings import Settings
from tests.chassis import toy

JUDGES = {"away": away, "full": full, "meaningless": meaningless, "too_slow": too_slow}


def an_error(message: str) -> DBAPIError:
    """The driver makes its error out of the server's words, and SQLAlchemy wraps it."""
    found: Any = import_module("oracledb.errors")._Error(message)
    return DBAPIError("SELECT 1 FROM DUAL", {}, found.exc_type(found))


@pytest.mark.parametrize(
    ("message", "judgement"),
    [
        ("ORA-01033: ORACLE initialization or shutdown in progress", {"away"}),
        ("ORA-01089: immediate shutdown or close in progress - no operations are permitted", {"away"}),
        ("ORA-03113: end-of-file on communication channel", {"away"}),
        ("ORA-00028: your session has been killed", {"away"}),
        ("ORA-12514: TNS:listener does not currently know of service requested in connect descriptor", {"away"}),
        ("ORA-12541: TNS:no listener", {"away"}),
        ("ORA-00020: maximum number of processes (300) exceeded", {"away"}),
        ("ORA-02396: exceeded maximum idle time, please connect again", {"away"}),
        ("ORA-01653: unable to extend table CRM.TASKS by 128 in tablespace CRM", {"full"}),
        ("ORA-01536: space quota exceeded for tablespace 'CRM'", {"full"}),
        ("ORA-30036: unable to extend segment by 8 in undo tablespace 'UNDOTBS1'", {"full"}),
        ("ORA-00257: Archiver error. Connect AS SYSDBA only until resolved.", {"full"}),
        ("ORA-01013: user requested cancel of current operation", {"too_slow"}),
        ("DPY-4024: call timeout of 30000 ms exceeded", {"too_slow"}),
        ("ORA-12726: unmatched bracket in regular expression", {"meaningless"}),
        ("ORA-00942: table or view does not exist", set[str]()),
        ("ORA-00001: unique constraint (CRM.PK_TASKS) violated", set[str]()),
        ("ORA-01017: invalid username/password; logon denied", set[str]()),
    ],
)
def test_what_oracle_says_is_understood(message: str, judgement: set[str]) -> None:
    assert {name for name, judge in JUDGES.items() if judge(an_error(message))} == judgement


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_not_there_is_away(closed_port: int) -> None:
    engine = open_engine(f"oracle+oracledb://crm:secret@127.0.0.1:{closed_port}/?service_name=CRM", statement_timeout=1)
    with pytest.raises(DBAPIError) as caught:
        engine.connect()
    assert away(caught.value)
    assert "secret" not in str(caught.value)
    engine.dispose()


def a_database(port: int) -> Database:
    return Database(
        f"oracle+oracledb://crm:secret@127.0.0.1:{port}/?service_name=CRM",
        clock=FixedClock(toy.NOON),
        plumbing=toy.plumbing,
        encode=toy.encode,
    )


def test_an_action_on_it_is_unavailable(closed_port: int) -> None:
    database = a_database(closed_port)
    with pytest.raises(DatabaseUnavailable):
        database.run_sync(toy.ANN, toy.write_note, "never")
    database.close()


@pytest.mark.parametrize(
    ("message", "refusal"),
    [("ORA-01653: unable to extend table", StorageFull), ("DPY-4024: call timeout of 1 ms exceeded", TooSlow)],
)
def test_an_action_is_refused_for_its_reason(closed_port: int, message: str, refusal: type[Exception]) -> None:
    def fails(_: object) -> None:
        raise an_error(message)

    database = a_database(closed_port)
    with pytest.raises(refusal):
        database.run_sync(toy.ANN, fails)
    database.close()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("@ora:1521/?service_name=CRM", {"dsn": "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=ora)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=CRM)))"}),
        ("@/?dsn=tcps%3A%2F%2Fora%3A2484%2FCRM&wallet_location=/run/wallet", {"dsn": "tcps://ora:2484/CRM", "wallet_location": "/run/wallet"}),
    ],
)  # fmt: skip
def test_settings_take_an_address_of_oracle(tmp_path: Path, query: str, wanted: dict[str, str]) -> None:
    (tmp_path / "database_password").write_text("s3cret\n", encoding="utf-8")
    settings = Settings(
        nats_url="", issuer="", jwks_url="", token_url="", client_id="", grpc_port=1, home_dir=tmp_path,
        secrets_dir=tmp_path, tls_dir=str(tmp_path), database_url=f"oracle+oracledb://crm_dispatch{query}",
    )  # fmt: skip
    url = settings.database()
    dialect: Any = url.get_dialect()
    _, arguments = dialect(dbapi=oracledb).create_connect_args(make_url(url))
    assert arguments == {"user": "crm_dispatch", "password": "s3cret", **wanted}
