"""Brings a service's database to the newest revision before the service answers its first call."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, text

_ENVIRONMENT = Path(__file__).parent / "alembic"
# Any number will do, as long as every process of the suite uses the same.
_LOCK = 7318221


def upgrade(engine: Engine, folder: Path, metadata: MetaData, revision: str = "head") -> None:
    """Applies every missing revision in `folder`. Processes that start together take turns."""
    with engine.connect() as connection:
        locks = engine.dialect.name == "postgresql"
        if locks:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.commit()
        try:
            command.upgrade(configuration(folder, connection, metadata), revision)
            connection.commit()
        finally:
            connection.rollback()
            if locks:
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
                connection.commit()


def configuration(folder: Path, connection: Connection, metadata: MetaData) -> Config:
    """Answers alembic's configuration for a folder of revisions on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
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
