"""Which releases of a service may work on a schema: the schema says so itself, for releases that do not know it yet.

A rolling upgrade has the old and the new release side by side on the new schema. An expansion lets them; a contraction
takes away what the releases before `unused_since` still read. The row written here is what an old release can
read about revisions that were written after it.
"""

import re
from dataclasses import dataclass

import structlog
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, SmallInteger, Table, Unicode, inspect, select

log = structlog.get_logger()
RELEASE = "0.2.0"
"""What this is: the version in every pyproject.toml; a test holds them together."""
WINDOW = "schema_window"
"""The name of the table."""
_tables = MetaData()
_window = Table(
    WINDOW,
    _tables,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("revision", Unicode(32), nullable=False),
    Column("release", Unicode(20), nullable=False),
    Column("oldest_release", Unicode(20), nullable=False),
)


class SchemaRefused(SystemExit):
    """This release must not work on the schema it found; the text says which one may."""


@dataclass(frozen=True)
class Window:
    """A schema: its revision, the release that brought it, and the oldest release that can work on it."""

    revision: str
    release: str
    oldest_release: str


def number(release: str) -> tuple[int, ...]:
    """Answers a release as numbers that compare: 0.10.0 is newer than 0.9.1."""
    return tuple(int(each) for each in re.findall(r"\d+", release)[:3])


def attribute(script: Script, name: str) -> str:
    """Answers what a revision says of itself: `release`, `contract_of` or `unused_since`; empty when it says nothing."""
    return str(getattr(script.module, name, "") or "")


def window(scripts: ScriptDirectory, revision: str) -> Window:
    """Answers the window of a schema that has every revision up to this one."""
    line = list(scripts.iterate_revisions(revision, "base"))
    first = attribute(line[-1], "release") or "0"
    contracted = [attribute(script, "unused_since") for script in line if attribute(script, "contract_of")]
    oldest = max([first, *filter(None, contracted)], key=number)
    return Window(revision, attribute(line[0], "release") or first, oldest)


def create(connection: Connection) -> None:
    """Makes the table of the window where it is missing."""
    _tables.create_all(connection)


def write(connection: Connection, new: Window | None) -> None:
    """Puts the schema's window down, in the transaction of the revision that changed it; None: no revision is left."""
    if new is not None and _read(connection) == new:
        return
    connection.execute(_window.delete())
    if new is not None:
        connection.execute(_window.insert().values(id=1, **vars(new)))


def known(connection: Connection, scripts: ScriptDirectory, revision: str | None, release: str = RELEASE) -> bool:
    """Tells whether this release knows the schema's revision; a newer schema that it can work on is left alone.

    Raises `SchemaRefused` for a schema that it cannot work on.
    """
    found = _read(connection) if inspect(connection).has_table(WINDOW) else None
    if found is not None and number(found.oldest_release) > number(release):
        raise SchemaRefused(
            f"database: its schema is at revision {found.revision} of release {found.release}, on which no release before "
            f"{found.oldest_release} can work; this is {release}. Start release {found.oldest_release} or newer, "
            "or restore the backup that was made before the upgrade"
        )
    if revision is None or revision in {script.revision for script in scripts.walk_revisions()}:
        return True
    if found is None or found.revision != revision:
        raise SchemaRefused(
            f"database: its schema is at revision {revision}, which release {release} does not know and which says nothing "
            "of the releases that can work on it. Start the release that made it, or restore a backup"
        )
    log.info("schema is newer and stays", revision=found.revision, release=found.release)
    return False


def _read(connection: Connection) -> Window | None:
    row = connection.execute(select(_window.c.revision, _window.c.release, _window.c.oldest_release)).first()
    return None if row is None else Window(*map(str, row))
