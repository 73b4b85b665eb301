"""A toy service: one table of notes, one event, so that chassis is tested without any word of the branch."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Table, insert
from sqlalchemy.orm import registry

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.columns import Id, Version, Words, new_metadata
from chassis.database import Database, Outgoing, Unit
from chassis.identity import Actor
from chassis.plumbing import declare

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ANN = Actor(kind="person", id="m001", name="Ann", roles=frozenset({"writer"}), ip="10.0.0.1")

metadata = new_metadata()
plumbing = declare(metadata)
notes = Table(
    "notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("text", Words(100), nullable=False),
    Column("owner", Words(64), nullable=True),
    Column("bureau", Words(64), nullable=True),
    Column("version", Version, nullable=False),
)
effects = Table("effects", metadata, Column("id", Id, primary_key=True), Column("text", Words(100)))
mapping = registry(metadata=metadata)


@dataclass(eq=False)
class Note:
    id: str
    text: str
    owner: str = ""
    bureau: str = ""
    version: int = 0


mapping.map_imperatively(Note, notes, version_id_col=notes.c.version)


@dataclass(frozen=True)
class NoteWritten:
    text: str


def encode(event: NoteWritten) -> Outgoing:
    return Outgoing("crm.toy.note.written.v1", event.text.encode(), "crm.toy.v1.NoteWritten")


def write_note(unit: Unit, text: str, owner: str = "", bureau: str = "") -> str:
    note = Note(unit.new_id(), text, owner, bureau)
    unit.session.add(note)
    unit.trace("toy.note", note.id, "text", None, text)
    unit.record(NoteWritten(text))
    return note.id


def take_effect(unit: Unit, text: str) -> None:
    if text == "poison":
        raise ValueError("cannot be taken")
    unit.session.execute(insert(effects).values(id=unit.new_id(), text=text))


def open_database(url: str, access: AccessBook | None = None, clock: FixedClock | None = None) -> Database:
    return Database(url, clock=clock or FixedClock(NOON), plumbing=plumbing, encode=encode, access=access, pool_size=4)
