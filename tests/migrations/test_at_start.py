"""What a service does about its schema when it starts: nothing when it is new enough, and never in its own memory."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from chassis.schema_at_start import bring_up, is_newest, newest
from tests.migrations.revisions import ENVIRONMENT, SERVICES, write

pytestmark = pytest.mark.slow
START = 'op.create_table("calls", sa.Column("id", sa.BigInteger(), primary_key=True))'
MORE = 'op.add_column("calls", sa.Column("kind", sa.Unicode(4)))'
WRONG = "op.execute('this is no statement')"


@pytest.fixture
def engine(fresh_database: Callable[..., str]) -> Iterator[Engine]:
    made = create_engine(fresh_database())
    yield made
    made.dispose()


@pytest.mark.asyncio
async def test_what_is_missing_is_applied_and_only_that(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "0001", START)
    assert await bring_up(engine, tmp_path, say="toy")
    write(tmp_path, "0002", MORE)
    assert not is_newest(engine, tmp_path)
    assert await bring_up(engine, tmp_path, say="toy")
    assert is_newest(engine, tmp_path)
    assert [column["name"] for column in inspect(engine).get_columns("calls")] == ["id", "kind"]


@pytest.mark.asyncio
async def test_a_schema_that_is_new_enough_starts_no_process(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "0001", START)
    assert await bring_up(engine, tmp_path, say="toy")
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert await bring_up(engine, tmp_path, say="toy")


@pytest.mark.asyncio
async def test_a_revision_that_fails_is_said_without_the_password(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "0001", WRONG)
    with pytest.raises(SystemExit, match="syntax error") as refused:
        await bring_up(engine, tmp_path, say="toy")
    assert str(engine.url.password) not in str(refused.value)
    assert not inspect(engine).has_table("calls")


@pytest.mark.asyncio
async def test_a_newer_schema_that_forbids_this_release_is_refused(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "0001", START)
    assert await bring_up(engine, tmp_path, say="toy")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))
        connection.execute(text("UPDATE schema_window SET revision = '0009', oldest_release = '99.0.0'"))
    with pytest.raises(SystemExit, match=r"no release before 99\.0\.0 can work"):
        await bring_up(engine, tmp_path, say="toy")


@pytest.mark.parametrize("service", sorted(path.parent.name for path in SERVICES.glob("*/migrations")))
def test_the_newest_revision_is_told_from_the_names_of_the_files(service: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(SERVICES / service / "migrations"))
    config.set_main_option("path_separator", "os")
    assert newest(SERVICES / service / "migrations") == ScriptDirectory.from_config(config).get_current_head()


@pytest.mark.parametrize("service", sorted(path.parent.name for path in SERVICES.glob("*/migrations")))
def test_a_service_does_not_load_alembic(service: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {service}.__main__; print('alembic' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"
