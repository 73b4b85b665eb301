"""SQLAlchemy's dialect for python-oracledb, told that the server is 19c, over H2."""

from types import SimpleNamespace
from typing import Any

import oracledb
from sqlalchemy import Integer, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.types import UserDefinedType

from tests.oracle.h2 import driver, server

SCHEME = "oracle+h2"
_dialect: Any = OracleDialect_oracledb
_compiler: Any = OracleDialect_oracledb.statement_compiler


class Compiler(_compiler):
    """Two things that H2 must be told: that a WITH reads itself, and that a bare value in a CASE is a number."""

    def get_cte_preamble(self, recursive: bool) -> str:
        """Writes WITH."""
        return "WITH RECURSIVE" if recursive else "WITH"

    def visit_case(self, clause: Any, **options: Any) -> str:
        """Writes a CASE."""
        return _compiler.visit_case(self, clause, **{**options, "in_a_case": True})

    def visit_bindparam(self, bindparam: Any, *, in_a_case: bool = False, **options: Any) -> str:
        """Writes a value."""
        written: str = _compiler.visit_bindparam(self, bindparam, **options)
        whole = in_a_case and isinstance(bindparam.type, Integer) and not bindparam.expanding
        return f"CAST({written} AS BIGINT)" if whole else written


class Reflected(UserDefinedType[Any]):
    """A column's type in H2's words."""

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: Any) -> str:
        """Writes it."""
        return self.words


def _connect(name: str, **_: Any) -> driver.Connection:
    return driver.Connection(server.connect(name))


class OracleOnH2(_dialect):
    """What Oracle 19c is for SQLAlchemy, with another server behind the driver."""

    supports_statement_cache = True
    statement_compiler = Compiler
    driver = "h2"

    @classmethod
    def import_dbapi(cls) -> Any:
        """Answers the driver's own names of types and errors; only the connection is another."""
        return SimpleNamespace(**{name: getattr(oracledb, name) for name in dir(oracledb)} | {"connect": _connect})

    def create_connect_args(self, url: Any) -> tuple[list[Any], dict[str, Any]]:
        """Answers what `connect` wants: the name of the database."""
        return [url.database], {}

    def initialize(self, connection: Any) -> None:
        """Sets what a connection to 19c would have told."""
        self.server_version_info = (19, 0, 0, 0, 0)
        self.supports_native_boolean = False
        self._supports_oracle_json = False
        self.max_identifier_length = 128
        self.default_schema_name = "PUBLIC"

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Looks whether a table is there."""
        return table_name in self.get_table_names(connection)

    def has_multi_table(self, connection: Any, table_names: Any, schema: str | None = None, **_: Any) -> Any:
        """Looks which tables are there."""
        there = set(self.get_table_names(connection))
        return [((schema, name), name in there) for name in table_names]

    def get_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> list[str]:
        """Answers the tables of the tests' own."""
        rows = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'PUBLIC'")
        )
        return [name.lower() for name in rows.scalars()]

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> list[Any]:
        """Answers a table's columns; their types in H2's words."""
        about = "data_type || ' ' || character_maximum_length || ' ' || numeric_precision || ' ' || numeric_scale"
        asked = f"SELECT column_name, {about}, is_nullable FROM information_schema.columns WHERE table_name = :name"  # noqa: S608  our own words
        rows = connection.execute(text(asked), {"name": table_name.upper()}).all()
        return [
            {"name": name.lower(), "type": Reflected(kind), "nullable": open_ == "YES"} for name, kind, open_ in rows
        ]

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> list[Any]:
        """Answers a table's indexes, but those that H2 makes for keys by itself."""
        asked = text(
            "SELECT index_name FROM information_schema.indexes WHERE table_name = :name AND is_generated = FALSE"
        )
        found = connection.execute(asked, {"name": table_name.upper()}).scalars()
        return [{"name": name.lower()} for name in found]

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """A database in this process does not go away."""
        return False


def register() -> None:
    """Makes `oracle+h2:///name` an address."""
    registry.register("oracle.h2", __name__, OracleOnH2.__name__)
