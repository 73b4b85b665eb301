"""Every revision, on tables with rows: forth, back and forth again, and what was there before is there afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, inspect

from chassis.schema_window import WINDOW
from tests.migrations import filling
from tests.migrations.revisions import Step, all_steps, later_steps

ROWS = 40
pytestmark = pytest.mark.slow
GONE = {"grants"}
"""Tables that a contraction takes away: their rows live on elsewhere, and come back from there."""


def shape(engine: Engine) -> dict[str, object]:
    made = inspect(engine)
    return {
        table: (
            sorted((str(each["name"]), str(each["type"]), each["nullable"]) for each in made.get_columns(table)),
            sorted(str(each["name"]) for each in made.get_indexes(table)),
            sorted(str(each["name"]) for each in made.get_unique_constraints(table)),
            sorted(str(each["name"]) for each in made.get_foreign_keys(table)),
        )
        for table in sorted(made.get_table_names())
        if table not in filling.OWN
    }


@pytest.mark.parametrize("step", later_steps(), ids=str)
def test_rows_survive_forth_and_back(step: Step, fresh_database: Callable[..., str]) -> None:
    engine = step.stand_before(fresh_database())
    filling.fill(engine, ROWS)
    old, tables = shape(engine), filling.tables(engine)
    rows = filling.read(engine, tables)
    assert all(len(each) >= ROWS for each in rows.values()), "a table was left without rows"
    step.up(engine)
    new = shape(engine)
    staying = [table for table in tables if table.name not in GONE or table.name in new]
    assert filling.read(engine, staying) == {table.name: rows[table.name] for table in staying}
    step.down(engine)
    assert shape(engine) == old
    assert filling.read(engine, tables) == rows
    step.up(engine)
    assert shape(engine) == new
    assert filling.read(engine, staying) == {table.name: rows[table.name] for table in staying}
    engine.dispose()


@pytest.mark.parametrize("step", later_steps(), ids=str)
def test_rows_written_by_the_new_release_survive_the_way_back(step: Step, fresh_database: Callable[..., str]) -> None:
    engine = step.stand_before(fresh_database())
    old = {table.name: table for table in filling.tables(engine)}
    step.up(engine)
    filling.fill(engine, ROWS)
    kept = [old[table.name] for table in filling.tables(engine) if table.name in old]
    rows = filling.read(engine, kept)
    step.down(engine)
    assert filling.read(engine, kept) == rows
    engine.dispose()


@pytest.mark.parametrize("step", [step for step in all_steps() if step.before == "base"], ids=str)
def test_the_first_revision_leaves_nothing_behind(step: Step, fresh_database: Callable[..., str]) -> None:
    engine = step.stand_before(fresh_database())
    step.up(engine)
    step.down(engine)
    assert shape(engine) == {}
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT * FROM {WINDOW}").all() == []  # noqa: S608  # a name of ours
    engine.dispose()


class CutError(Exception):
    """The process dies."""


def committing(step: Step) -> bool:
    """Tells whether a revision commits in between: any other one is a transaction, and leaves nothing when it is cut off."""
    return "schema_steps" in Path(step.script.path).read_text(encoding="utf-8")


@pytest.mark.parametrize("step", [step for step in later_steps() if committing(step)], ids=str)
def test_a_revision_that_was_cut_off_anywhere_can_be_run_again(step: Step, fresh_database: Callable[..., str]) -> None:
    wanted = step.stand_before(fresh_database())
    filling.fill(wanted, ROWS)
    step.up(wanted)
    whole, end = shape(wanted), filling.read(wanted, filling.tables(wanted))
    cuts = 0
    while True:
        engine = step.stand_before(fresh_database())
        filling.fill(engine, ROWS)
        cut = cut_off(engine, cuts, step)
        step.up(engine)
        assert (shape(engine), comparable(filling.read(engine, filling.tables(engine)))) == (whole, comparable(end)), (
            cuts
        )
        engine.dispose()
        if not cut:
            break
        cuts += 1
    wanted.dispose()
    assert cuts > 1, "nothing was cut off"


def cut_off(engine: Engine, after: int, step: Step) -> bool:
    """Lets the step die after this many changes; tells whether it came so far."""
    changes = 0

    def count(_c: object, _k: object, statement: str, *_: object) -> None:
        nonlocal changes
        if statement.lstrip()[:6].upper() in {"ALTER ", "CREATE", "UPDATE", "INSERT", "DROP T", "DELETE"}:
            changes += 1
            if changes > after:
                raise CutError

    event.listen(engine, "before_cursor_execute", count)
    try:
        step.up(engine)
    except CutError:
        return True
    else:
        return False
    finally:
        event.remove(engine, "before_cursor_execute", count)


def comparable(rows: dict[str, filling.Rows]) -> dict[str, filling.Rows]:
    """Leaves out what each run makes anew: ids and instants of rows that the revision itself writes."""
    return {
        name: [{key: value for key, value in row.items() if key not in {"id", "saved_at"}} for row in some]
        for name, some in rows.items()
    }
