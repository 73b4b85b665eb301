"""A service's schema when it starts: looked at here, brought up by a process of its own where something is missing.

Alembic and what it loads would stay in the memory of every service for as long as it runs, eleven mebibytes each, for work
of a second after an upgrade. So that work is done by `python -m chassis.schema_at_start`, which ends and takes it along.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Engine, MetaData, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from chassis.dialects import away, open_engine

_AWAY = 75
"""The status with which the process says that the database is away: EX_TEMPFAIL of sysexits.h."""
_STATEMENT_TIMEOUT = 30_000
_VERSION = table("alembic_version", column("version_num"))


async def bring_up(engine: Engine, folder: Path, *, say: str) -> bool:
    """Applies what is missing of the revisions in `folder`; answers False while the database is away.

    `say` is the service's name in the log. Raises `DBAPIError` when the first look meets another trouble than that, and
    `SystemExit` with the reason when the schema cannot be brought up.
    """
    if await asyncio.to_thread(is_newest, engine, folder):
        return True
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    order = {"url": engine.url.render_as_string(hide_password=False), "folder": str(folder), "name": say}
    try:
        # The address holds a password: it goes where no list of processes shows it.
        _, complaint = await process.communicate(json.dumps(order).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _AWAY:
        return False
    if process.returncode:
        raise SystemExit(
            complaint.decode(errors="replace").strip() or f"the schema's process ended with {process.returncode}"
        )
    return True


def is_newest(engine: Engine, folder: Path) -> bool:
    """Tells whether the schema has the newest revision of a folder, whose files are named by their numbers."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return False
        return connection.scalar(select(_VERSION.c.version_num)) == newest(folder)


def newest(folder: Path) -> str:
    """Answers the number of the newest revision in a folder; empty when there is none."""
    return max((file.stem.split("_")[0] for file in folder.glob("[0-9]*.py")), default="")


def _main() -> NoReturn:
    from chassis import logging, migrations  # here alone: what they load is the reason for this process

    order = json.load(sys.stdin)
    logging.start(order["name"], "info")
    engine = open_engine(order["url"], statement_timeout=_STATEMENT_TIMEOUT)
    try:
        migrations.upgrade(engine, Path(order["folder"]), MetaData())
    except DBAPIError as error:
        if away(error):
            sys.exit(_AWAY)
        raise
    finally:
        engine.dispose()
    sys.exit(0)


if __name__ == "__main__":
    _main()
