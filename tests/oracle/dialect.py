"""The dialect of Oracle 19c without a connection: what a connection would have told it is set here."""

from typing import Any

from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb

LONGEST_NAME = 30
"""Bytes of a name. 19c takes 128, but sites run with `compatible` below 12.2, where it is 30."""


def oracle_19c() -> Any:
    """Makes the dialect. Left alone it would speak to the newest Oracle, which has BOOLEAN and JSON types."""
    dialect: Any = OracleDialect_oracledb()
    dialect.server_version_info = (19,)
    dialect.supports_native_boolean = False
    dialect._supports_oracle_json = False
    dialect.max_identifier_length = 128
    return dialect


ORACLE = oracle_19c()
