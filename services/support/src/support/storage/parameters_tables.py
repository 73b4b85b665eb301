"""The tables of parameters: what was set where and from when, bureaus' own days, fields of the branch's own."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table

from chassis.columns import Day, Flag, Id, LongText, Moment, Small, Words
from support.storage.tables import metadata as metadata

# Append-only: what holds is the newest row of a unit whose day has come.
parameter_values = Table(
    "parameter_values",
    metadata,
    Column("id", Id, primary_key=True),
    Column("param_key", Words(64), nullable=False),
    # Empty for the branch.
    Column("unit_id", Id, ForeignKey("units.id"), nullable=True),
    Column("effective_from", Day, nullable=False),
    # JSON; empty where the unit's own value was taken away.
    Column("value_json", LongText, nullable=True),
    Column("set_by", Words(64), nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("note", Words(500), nullable=True),
    Index("ix_parameter_values_key", "param_key", "id"),
)

unit_days = Table(
    "unit_days",
    metadata,
    Column("unit_id", Id, ForeignKey("units.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("year", Small, nullable=False),
    Column("working", Flag, nullable=False),
    Column("holiday_zh", Words(60), nullable=True),
    Column("holiday_en", Words(60), nullable=True),
    Column("holiday_start", Flag, nullable=False),
    Column("make_up", Flag, nullable=False),
    Column("ends_at", Words(5), nullable=True),
    PrimaryKeyConstraint("unit_id", "day"),
    Index("ix_unit_days_year", "year", "unit_id"),
)

extra_fields = Table(
    "extra_fields",
    metadata,
    Column("form", Words(64), nullable=False),
    Column("name", Words(40), nullable=False),
    # Id of the field in the history.
    Column("id", Id, nullable=False),
    Column("title_zh", Words(60), nullable=False),
    Column("title_en", Words(60), nullable=False),
    Column("kind", Words(12), nullable=False),
    # A JSON list; empty where the kind has none.
    Column("choices", LongText, nullable=True),
    PrimaryKeyConstraint("form", "name"),
)
