"""The tables of support. Text that may be empty is nullable: Oracle keeps no empty text."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table

from chassis.columns import Day, Flag, Id, Moment, Small, Version, Words, new_metadata
from chassis.plumbing import declare

metadata = new_metadata()
plumbing = declare(metadata)

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Words(30), nullable=False, unique=True),
    Column("name", Words(100), nullable=False),
    Column("kind", Words(12), nullable=False),
    Column("parent_id", Id, ForeignKey("units.id"), nullable=True),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day, nullable=True),
    Index("ix_units_parent_id", "parent_id"),
)

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("staff_number", Words(32), nullable=False, unique=True),
    Column("name", Words(100), nullable=False),
    # Pinyin and initials, so that a name is found by its sound.
    Column("readings", Words(300), nullable=True),
    Column("phone", Words(25), nullable=True),
    Column("unit_id", Id, ForeignKey("units.id"), nullable=False),
    Column("active", Flag, nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day, nullable=True),
    # Rises with every change by a person; the version of the published document is another.
    Column("version", Version, nullable=False),
    # active, suspended or left; `active` follows from it and the validity, day by day.
    Column("state", Words(12), nullable=False),
    # Who takes over on the day after `valid_to`, where that lies ahead.
    Column("successor", Words(32), nullable=True),
    Index("ix_people_unit_id", "unit_id"),
)

person_units = Table(
    "person_units",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("unit_id", Id, ForeignKey("units.id"), nullable=False),
    PrimaryKeyConstraint("person_id", "unit_id"),
    Index("ix_person_units_unit_id", "unit_id"),
)

person_roles = Table(
    "person_roles",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("role", Words(40), nullable=False),
    PrimaryKeyConstraint("person_id", "role"),
    Index("ix_person_roles_role", "role"),
)

calendar_years = Table(
    "calendar_years",
    metadata,
    Column("year", Small, primary_key=True, autoincrement=False),
    # Id of the year in the history.
    Column("id", Id, nullable=False),
    Column("published", Flag, nullable=False),
    # Once a person has confirmed the year, the library's table no longer replaces it.
    Column("by_hand", Flag, nullable=False),
    Column("confirmed_by", Words(64), nullable=True),
    Column("confirmed_at", Moment, nullable=True),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Day, primary_key=True),
    Column("year", Small, ForeignKey("calendar_years.year"), nullable=False),
    Column("working", Flag, nullable=False),
    Column("holiday_zh", Words(60), nullable=True),
    Column("holiday_en", Words(60), nullable=True),
    Column("holiday_start", Flag, nullable=False),
    Column("make_up", Flag, nullable=False),
    Column("ends_at", Words(5), nullable=True),
    # LOCAL is a word of Oracle's.
    Column("is_local", Flag, nullable=False),
    Index("ix_calendar_days_year", "year"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", Words(64), primary_key=True),
    Column("staff_number", Words(64), nullable=False),
    Column("name", Words(120), nullable=True),
    Column("ip", Words(64), nullable=True),
    Column("user_agent", Words(300), nullable=True),
    Column("signed_in_at", Moment, nullable=False),
    Column("signed_out_at", Moment, nullable=True),
    Column("ended_by", Words(20), nullable=True),
    Index("ix_sign_ins_at", "signed_in_at", "id"),
    Index("ix_sign_ins_staff", "staff_number", "signed_in_at"),
)

# What is published in the settings bucket. `waiting` is set in the transaction of a change and taken back only for the
# version that was published: a change between the two stays waiting, so none is lost however the process ends.
documents = Table(
    "documents",
    metadata,
    Column("doc_key", Words(80), primary_key=True),
    Column("version", Version, nullable=False),
    Column("waiting", Flag, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_documents_waiting", "waiting", "doc_key"),
)
