"""Column types that mean the same on PostgreSQL and on Oracle.

`DateTime(timezone=True)` becomes DATE on Oracle and loses zone and fractions, so instants are always `Moment`.
Oracle stores the empty text as NULL: a text column that may be empty is nullable and read through `or ""`.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Date,
    Dialect,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    TypeDecorator,
    Unicode,
    UnicodeText,
    Uuid,
)


class OracleMoment(TypeDecorator[datetime]):
    """An instant as Oracle's driver carries it: without a zone, so in UTC both ways (`chassis.dialects` sets the session so)."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Writes an instant."""
        del dialect
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Reads an instant."""
        del dialect
        return value if value is None else value.replace(tzinfo=UTC)


Id = Uuid(as_uuid=False)
"""A UUIDv7, text in Python."""
Moment = TIMESTAMP(timezone=True).with_variant(OracleMoment(), "oracle")
"""An instant with its zone."""
Day = Date()
"""A calendar day."""
Flag = Boolean(create_constraint=False)
"""True or false; compare with `== true()`, never `.is_(True)`."""
Small = SmallInteger()
"""A small whole number."""
Version = BigInteger()
"""A version or count."""
Money = Numeric(14, 2)
"""Yuan with two places."""
LongText = UnicodeText()
"""Text of any length; not for conditions."""
Bytes = LargeBinary()
"""Bytes of any length."""


def Words(length: int) -> Unicode:  # noqa: N802  reads as a type beside the others
    """A text of at most `length` characters."""
    return Unicode(length)


def new_metadata() -> MetaData:
    """Answers metadata whose constraints have predictable names of at most 30 bytes where the parts are short."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
