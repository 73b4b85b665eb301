"""Brings a service's database to the newest revision before the service answers its first call (docs/migrations.md)."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData

from chassis import schema_window
from chassis.schema_turns import PATIENCE, brief, patiently, turn

_ENVIRONMENT = Path(__file__).parent / "alembic"


def upgrade(
    engine: Engine,
    folder: Path,
    metadata: MetaData,
    revision: str = "head",
    *,
    release: str = schema_window.RELEASE,
    patience: float = PATIENCE,
    by_row: bool = False,
) -> None:
    """Applies every missing revision in `folder`. Processes that start together take turns; a newer schema is left as it is.

    Each revision is a transaction of its own that waits for locks only briefly, and then comes again (schema_turns.py).
    Raises `SchemaRefused` for a schema on which this release cannot work, `MigrationStuck` when somebody keeps a table.
    """
    with engine.connect() as connection, turn(engine, connection, by_row=by_row), brief(connection):
        config = configuration(folder, connection, metadata)
        scripts = ScriptDirectory.from_config(config)
        if not schema_window.known(connection, scripts, _current(connection), release):
            return
        schema_window.create(connection)
        connection.commit()
        patiently(lambda: command.upgrade(config, revision), connection.rollback, patience)
        current = _current(connection)
        schema_window.write(connection, schema_window.window(scripts, current) if current else None)
        connection.commit()


def downgrade(engine: Engine, folder: Path, metadata: MetaData, revision: str) -> None:
    """Takes back every revision after this one. What the later ones added goes; what was there before stays."""
    with engine.connect() as connection, turn(engine, connection), brief(connection):
        config = configuration(folder, connection, metadata)
        schema_window.create(connection)
        connection.commit()
        patiently(lambda: command.downgrade(config, revision), connection.rollback)
        connection.commit()


def configuration(folder: Path, connection: Connection, metadata: MetaData) -> Config:
    """Answers alembic's configuration for a folder of revisions on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    config.attributes["applied"] = _applied
    return config


def write_revision(engine: Engine, folder: Path, metadata: MetaData, message: str, revision: str) -> None:
    """Writes a revision from the difference between the database and the tables as declared; read it before use."""
    with engine.connect() as connection:
        command.revision(
            configuration(folder, connection, metadata),
            message,
            autogenerate=True,
            rev_id=revision,
            version_path=str(folder),
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _applied(ctx: MigrationContext, heads: set[str], **_: Any) -> None:
    """Alembic calls it in the transaction of each revision."""
    if ctx.script is not None and ctx.connection is not None:
        head = next(iter(heads), None)
        schema_window.write(ctx.connection, schema_window.window(ctx.script, head) if head else None)
