"""The tables of older systems and of the credentials people store for them."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table

from chassis.columns import Bytes, Flag, Id, Moment, Small, Version, Words
from support.storage.tables import metadata as metadata

external_systems = Table(
    "external_systems",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Words(40), nullable=False, unique=True),
    Column("title_zh", Words(40), nullable=False),
    Column("title_en", Words(40), nullable=False),
    Column("note_zh", Words(120), nullable=True),
    Column("note_en", Words(120), nullable=True),
    Column("way_in", Words(12), nullable=False),
    Column("start_url", Words(500), nullable=False),
    Column("login_url", Words(500), nullable=True),
    Column("user_field", Words(80), nullable=True),
    Column("password_field", Words(80), nullable=True),
    Column("cookie_domain", Words(253), nullable=True),
    Column("place", Small, nullable=False),
    Column("active", Flag, nullable=False),
    Column("version", Version, nullable=False),
)

system_positions = Table(
    "system_positions",
    metadata,
    Column("system_id", Id, ForeignKey("external_systems.id"), nullable=False),
    Column("role", Words(40), nullable=False),
    PrimaryKeyConstraint("system_id", "role"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("system_id", Id, ForeignKey("external_systems.id"), nullable=False),
    Column("staff_number", Words(32), nullable=False),
    # Which key sealed it: the keys themselves are in a file, never here.
    Column("key_id", Words(16), nullable=False),
    Column("sealed", Bytes, nullable=False),
    # False once the older system turned it away: not tried again until the person enters it anew.
    Column("working", Flag, nullable=False),
    Column("version", Version, nullable=False),
    Column("stored_at", Moment, nullable=False),
    PrimaryKeyConstraint("system_id", "staff_number"),
    Index("ix_credentials_staff", "staff_number"),
    Index("ix_credentials_key", "key_id"),
)
