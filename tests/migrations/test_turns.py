"""One process migrates at a time, it gives way to people at work, and an old release knows when it must not start."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text

from chassis import migrations, schema_turns
from chassis.schema_turns import MigrationStuck
from chassis.schema_window import RELEASE, SchemaRefused
from tests.migrations.revisions import NOTHING, Step, write

pytestmark = pytest.mark.slow
START = (
    'op.create_table("calls", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("note", sa.Unicode(10)))'
)
MORE = 'op.add_column("calls", sa.Column("kind", sa.Unicode(4)))'
INDEX = 'schema_steps.create_index("ix_calls_note", "calls", ["note"])'


@pytest.fixture
def engine(fresh_database: Callable[..., str]) -> Iterator[Engine]:
    made = create_engine(fresh_database())
    yield made
    made.dispose()


def limits(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [str(connection.scalar(text(f"SHOW {name}"))) for name in ("lock_timeout", "statement_timeout")]


@pytest.mark.parametrize("by_row", [False, True], ids=["advisory lock", "lock of a row"])
def test_processes_that_start_together_take_turns(
    by_row: bool, fresh_database: Callable[..., str], tmp_path: Path
) -> None:
    write(tmp_path, "0001", START)
    write(tmp_path, "0002", INDEX)  # waits for every snapshot: a process that waits its turn must hold none
    write(tmp_path, "0003", "op.get_bind().execute(sa.text('SELECT pg_sleep(0.3)'))")
    url, ran = fresh_database(), list[tuple[int, str]]()

    def start(number: int) -> None:
        engine = create_engine(url)

        def heard(_c: object, _k: object, statement: str, *_: object) -> None:
            if "pg_sleep" in statement or ("calls" in statement and statement.split()[0] == "CREATE"):
                ran.append((number, statement.split()[0]))

        event.listen(engine, "before_cursor_execute", heard)
        migrations.upgrade(engine, tmp_path, NOTHING, by_row=by_row)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    assert len(ran) == 3, ran
    assert len({number for number, _ in ran}) == 1, "two processes migrated"


def test_a_turn_is_given_back_when_its_holder_fails(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "0001", START)
    write(tmp_path, "0002", 'op.execute("SELECT 1 / 0")')
    with pytest.raises(Exception, match="division by zero"):
        migrations.upgrade(engine, tmp_path, NOTHING)
    assert inspect(engine).has_table("calls"), "the revision before the failing one stays"
    assert limits(engine) == ["0", "0"], "the connection goes back with the limits it came with"
    (tmp_path / "0002.py").unlink()
    write(tmp_path, "0002", MORE)
    migrations.upgrade(engine, tmp_path, NOTHING)
    assert "kind" in {each["name"] for each in inspect(engine).get_columns("calls")}


def test_a_lock_is_waited_for_briefly_and_again(engine: Engine, tmp_path: Path) -> None:
    """A long reader delays the migration; those who come after the migration do not wait for the reader."""
    step = stand(engine, tmp_path)
    waits: list[float] = []
    over = threading.Event()

    def read() -> None:
        with engine.connect() as connection:
            while not over.is_set():
                began = time.monotonic()
                connection.execute(text("SELECT count(*) FROM calls"))
                connection.commit()
                waits.append(time.monotonic() - began)
                time.sleep(0.02)

    reader = threading.Thread(target=read)
    with engine.connect() as long_reader:
        long_reader.execute(text("SELECT * FROM calls"))
        reader.start()
        with ThreadPoolExecutor(1) as pool:
            migrating = pool.submit(step.up, engine)
            time.sleep(4)
            assert not migrating.done()
            long_reader.rollback()
            migrating.result(20)
    over.set()
    reader.join()
    assert "kind" in {each["name"] for each in inspect(engine).get_columns("calls")}
    assert 0.3 < max(waits) < 2, "the reader stood behind the migration, and not for long"


def test_somebody_who_keeps_a_table_is_named(engine: Engine, tmp_path: Path) -> None:
    step = stand(engine, tmp_path)
    with engine.connect() as holder:
        holder.execute(text("SELECT * FROM calls"))
        with pytest.raises(MigrationStuck, match="ALTER TABLE calls ADD COLUMN kind"):
            migrations.upgrade(engine, step.folder, NOTHING, patience=1)
    step.up(engine)


def test_a_statement_that_holds_a_lock_for_long_is_ended(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_turns, "STATEMENT", 200)
    step = stand(engine, tmp_path, 'op.execute("SELECT pg_sleep(5)")')
    began = time.monotonic()
    with pytest.raises(MigrationStuck, match=r"takes more than 0.2 s and holds locks meanwhile. Split it.*pg_sleep"):
        step.up(engine)
    assert time.monotonic() - began < 4


def test_a_half_built_index_is_built_anew(engine: Engine, tmp_path: Path) -> None:
    step = stand(engine, tmp_path, INDEX)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("INSERT INTO calls SELECT n, 'same' FROM generate_series(1, 9) n"))
        with pytest.raises(Exception, match="could not create unique index"):
            connection.execute(text("CREATE UNIQUE INDEX CONCURRENTLY ix_calls_note ON calls (note)"))
    step.up(engine)
    with engine.connect() as connection:
        built = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'ix_calls_note'::regclass"
        assert connection.execute(text(built)).all() == [(True, False)]


def test_an_old_release_works_on_an_expanded_schema(engine: Engine, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, "0001", START, marks='release = "0.1.0"')
    write(new, "0002", MORE, marks='release = "0.2.0"')
    migrations.upgrade(engine, new, NOTHING, release="0.2.0")
    migrations.upgrade(engine, old, NOTHING, release="0.1.0")
    assert window(engine) == [("0002", "0.2.0", "0.1.0")], "the old release left the newer schema alone"


def test_an_old_release_refuses_a_contracted_schema(engine: Engine, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, "0001", START, marks='release = "0.1.0"')
    write(
        new,
        "0002",
        'op.drop_column("calls", "note")',
        marks='release = "0.3.0"\ncontract_of = "0001"\nunused_since = "0.2.0"',
    )
    migrations.upgrade(engine, new, NOTHING, release="0.3.0")
    assert window(engine) == [("0002", "0.3.0", "0.2.0")]
    with pytest.raises(SchemaRefused) as refusal:
        migrations.upgrade(engine, old, NOTHING, release="0.1.0")
    assert str(refusal.value) == (
        "database: its schema is at revision 0002 of release 0.3.0, on which no release before 0.2.0 can work; this is "
        "0.1.0. Start release 0.2.0 or newer, or restore the backup that was made before the upgrade"
    )
    migrations.upgrade(engine, old, NOTHING, release="0.2.0")
    migrations.downgrade(engine, new, NOTHING, "0001")
    assert window(engine) == [("0001", "0.1.0", "0.1.0")]
    migrations.upgrade(engine, old, NOTHING, release="0.1.0")


def test_a_schema_that_says_nothing_is_refused(engine: Engine, tmp_path: Path) -> None:
    step = stand(engine, tmp_path)
    step.up(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00'"))
    with pytest.raises(SchemaRefused, match=f"is at revision f00, which release {RELEASE} does not know"):
        step.up(engine)


def stand(engine: Engine, folder: Path, forth: str = MORE) -> Step:
    """Makes the table, and answers the step that comes next."""
    write(folder, "0001", START).up(engine)
    return write(folder, "0002", forth)


def window(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT revision, release, oldest_release FROM schema_window"))
        return [(row[0], row[1], row[2]) for row in rows]
