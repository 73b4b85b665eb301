"""Revisions expand; what they may not do is refused, and the refusal is shown to bite."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.schema_window import RELEASE
from tests.migrations.lint import findings
from tests.migrations.revisions import SERVICES, folders, write

START = (
    'op.create_table("calls", sa.Column("id", sa.BigInteger(), primary_key=True), '
    'sa.Column("caller", sa.Unicode(10), server_default="nobody"), sa.Column("note", sa.Unicode(10)))\n'
    '    op.create_index("ix_calls_note", "calls", ["note"])\n'
    '    op.create_table("lines", sa.Column("id", sa.BigInteger(), primary_key=True))\n'
    '    op.create_table("ports", sa.Column("id", sa.BigInteger(), primary_key=True))'
)
OLDER, NEWER = 'release = "0.0.1"', 'release = "0.1.0"'
CONTRACT = NEWER + '\ncontract_of = "0001"\nunused_since = "0.0.2"'

REFUSED = {
    "a table goes": ('op.drop_table("calls")', "takes a table away"),
    "a column goes": ('op.drop_column("calls", "note")', "takes a column away"),
    "a table is renamed": ('op.rename_table("calls", "talks")', "renames"),
    "a column is renamed": ('op.alter_column("calls", "note", new_column_name="remark")', "renames"),
    "a type changes": ('op.alter_column("calls", "note", type_=sa.UnicodeText())', "changes a type"),
    "a text gets shorter": ('op.alter_column("calls", "note", type_=sa.Unicode(5))', "changes a type"),
    "a column must be filled": ('op.alter_column("calls", "note", nullable=False)', "refuses rows"),
    "a default goes": ('op.alter_column("calls", "caller", server_default=None)', "takes away a default"),
    "a new column must be filled": (
        'op.add_column("calls", sa.Column("kind", sa.Unicode(4), nullable=False))',
        "leaves empty",
    ),
    "a default is worked out": (
        'op.add_column("calls", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
        "row by row",
    ),
    "a new column counts": (
        'op.execute("ALTER TABLE calls ADD COLUMN number BIGSERIAL")',
        "written anew",
    ),
    "a key to another table is checked": (
        'op.create_foreign_key("fk_calls_id", "calls", "lines", ["id"], ["id"])',
        "under a lock",
    ),
    "what was allowed is refused": ('op.create_check_constraint("ck_calls", "calls", "id > 0")', "refuses rows"),
    "an index is built at once": (
        'op.create_index("ix_calls_caller", "calls", ["caller"])',
        "keeps everybody from writing",
    ),
    "what was repeated is refused": (
        'schema_steps.create_index("uq_calls_caller", "calls", ["caller"], unique=True)',
        "refuses rows",
    ),
    "all rows change at once": ("op.execute(\"UPDATE calls SET note = 'x'\")", "in_batches"),
    "all rows go at once": ('op.execute("DELETE FROM calls")', "in_batches"),
    "a table is locked": ('op.execute("LOCK TABLE calls")', "keeps everybody out"),
    "a table is emptied": ('op.execute("TRUNCATE calls")', "keeps everybody out"),
    "three tables are held": (
        '[op.add_column(each, sa.Column("more", sa.Date())) for each in ("calls", "lines", "ports")]',
        "holds 3 tables at once",
    ),
}
ALLOWED = {
    "a column comes": 'op.add_column("calls", sa.Column("kind", sa.Unicode(4)))',
    "a column with a constant comes": 'op.add_column("calls", sa.Column("kind", sa.Unicode(4), nullable=False, server_default="new"))',
    "a text gets longer": 'op.alter_column("calls", "note", type_=sa.Unicode(20), existing_type=sa.Unicode(10))',
    "a table with an index comes": 'op.create_table("bills", sa.Column("id", sa.Date(), index=True))',
    "an index is built beside the work": 'schema_steps.create_index("ix_calls_caller", "calls", ["caller"])',
    "rows change in batches": (
        'calls = sa.table("calls", sa.column("id"), sa.column("note"))\n'
        '    schema_steps.in_batches(calls, "id", {"note": "x"}, calls.c.note.is_(None))'
    ),
    "a key is checked later": 'op.execute("ALTER TABLE calls ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES lines NOT VALID")',
    "a column may stay empty": 'op.alter_column("calls", "id", existing_type=sa.BigInteger())',
}
NARROWS = (
    "a table goes",
    "a column goes",
    "a column is renamed",
    "a type changes",
    "a column must be filled",
    "a default goes",
)
pytestmark = pytest.mark.slow


def second(folder: Path, forth: str, url: str, *, marks: str = NEWER, first: str = OLDER) -> list[str]:
    """Answers what is found in a second revision that does this."""
    write(folder, "0001", START, marks=first)
    write(folder, "0002", forth, marks=marks)
    found = findings(folder, url)
    assert found["0001"] == []
    return found["0002"]


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.parent.name)
def test_the_services_expand(folder: Path, fresh_database: Callable[..., str]) -> None:
    assert {revision: found for revision, found in findings(folder, fresh_database()).items() if found} == {}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    forth, complaint = REFUSED[name]
    found = second(tmp_path, forth, fresh_database())
    assert any(complaint in each for each in found), found


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    assert second(tmp_path, ALLOWED[name], fresh_database()) == []


@pytest.mark.parametrize("name", NARROWS)
def test_a_contract_a_release_later_may_narrow(name: str, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    assert second(tmp_path, REFUSED[name][0], fresh_database(), marks=CONTRACT) == []


@pytest.mark.parametrize(
    ("marks", "complaint"),
    [
        (CONTRACT.replace("0.1.0", "0.0.1"), None),  # the table was made in the same release: nobody has it yet
        (CONTRACT.replace("0001", "0003"), "which is no earlier revision"),
        (CONTRACT.replace('unused_since = "0.0.2"', ""), "write unused_since"),
        (CONTRACT.replace("0.0.2", "0.1.0"), "takes a column away"),
        (NEWER + '\nunused_since = "0.0.1"', "without contract_of"),
        ("", "says no release"),
        ('release = "9.0.0"', "and this is"),
        ('release = "0.0.0"', "older than the revision before it"),
    ],
)
def test_marks(marks: str, complaint: str | None, fresh_database: Callable[..., str], tmp_path: Path) -> None:
    found = second(tmp_path, REFUSED["a column goes"][0], fresh_database(), marks=marks)
    assert (found == []) if complaint is None else any(complaint in each for each in found), found


def test_a_contract_does_not_hold_anybody_up_either(fresh_database: Callable[..., str], tmp_path: Path) -> None:
    found = second(tmp_path, REFUSED["an index is built at once"][0], fresh_database(), marks=CONTRACT)
    assert [each.split(":")[0] for each in found] == ["keeps everybody from writing while an index is built"]


def test_the_release_is_the_version_of_every_part() -> None:
    project = SERVICES.parent
    files = [project / "pyproject.toml", *project.glob("*/pyproject.toml"), *project.glob("*/*/pyproject.toml")]
    versions = {str(file): tomllib.loads(file.read_text("utf-8"))["project"]["version"] for file in files}
    assert versions == dict.fromkeys(versions, RELEASE)
