"""Listens to what the tests run on PostgreSQL, and says which of it Oracle could not run.

Every construct is compiled for PostgreSQL before it runs, whether the session, the engine or a kept statement runs it; there
it is taken, and compiled for Oracle as well. Written texts are none; each is on a list with the reason why it may be run.
"""

import inspect
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, TextClause, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import CompileError

from tests.oracle.lint import Finding, findings
from tests.oracle.long_values import misused
from tests.oracle.statements import compiled

# A text may be run where only PostgreSQL comes by, or where the same function writes another for Oracle.
TEXTS = {
    r"SET LOCAL \w+ = .+": "customer.storage.dialect.prepare: time limits of PostgreSQL alone",
    r"ANALYZE [\w$]+": "customer.storage.dialect.analyse: Oracle looks at a table without statistics by itself",
    r"SELECT 1": "chassis.service._write_probe: FROM DUAL on Oracle",
    r"SELECT pg_(try_)?advisory_(un)?lock\(\d+\)": "chassis.schema_turns.turn: the lock of a row on Oracle",
    r"(SET|RESET) (lock|statement)_timeout( = \d+)?": "chassis.schema_turns.brief: time limits of PostgreSQL alone",
    r"COMMIT": "chassis.schema_steps.in_batches: on Oracle alone",
    r"SELECT indisvalid FROM pg_index .*": "chassis.schema_steps.create_index: an index built concurrently, on PostgreSQL alone",
}
# A construct that is built another way on Oracle; tests/oracle/test_other_ways.py checks that other way.
WAYS = {
    Finding("function", "STRING_TO_ARRAY"): "customer.storage.dialect.has_pieces: LIKE on Oracle",
    Finding("sign", "@>"): "customer.storage.dialect.has_pieces: LIKE on Oracle",
}
Faults = list[str]
TESTS = str(Path(__file__).parents[1])


# Oracle takes a thousand values in one list (ORA-01795).
MOST_VALUES = 1_000
_LIST = re.compile(r"\bIN \(((?:%\(\w+\)s(?:::\w+)?,? ?)+)\)")


@dataclass(frozen=True)
class Judged:
    """A statement in Oracle's words, and what Oracle would not take of it."""

    faults: Faults
    for_oracle: str = ""


class Recording:
    """What was run, in PostgreSQL's words and in Oracle's."""

    def __init__(self) -> None:
        self.spoken: dict[str, Judged] = {}
        """By the text for PostgreSQL."""
        self.for_oracle: set[str] = set()
        """What is kept, of those tests whose statements are a service's own."""
        self._faults: Faults = []
        self._heard: set[str] = set()

    def take_faults(self) -> Faults:
        """Answers the faults found since the last time."""
        found, self._faults = self._faults, []
        return found

    def take_heard(self) -> set[str]:
        """Answers what was heard since the last time, in Oracle's words."""
        found, self._heard = self._heard, set()
        return found

    def construct(self, statement: Any, text: str, **options: Any) -> None:
        """Takes note of a construct that was compiled."""
        if "pg_catalog." in text:
            return  # SQLAlchemy and alembic ask every database in its own way what tables it has.
        if isinstance(statement, TextClause):
            return  # Looked at when it runs.
        if text not in self.spoken:
            self.spoken[text] = self._judge(statement, options)
        judged = self.spoken[text]
        self._faults += judged.faults
        if judged.for_oracle:
            self._heard.add(judged.for_oracle)

    def text(self, text: str) -> None:
        """Takes note of a written text, or of a text that was compiled before."""
        if text not in self.spoken and not any(re.fullmatch(known, text) for known in TEXTS):
            self._faults.append(f"a text that is not on the list: {text}")

    def lists(self, text: str) -> None:
        """Takes note of a list of values that is too long for Oracle."""
        longest = max((found.group(1).count(",") + 1 for found in _LIST.finditer(text)), default=0)
        if longest > MOST_VALUES:
            self._faults.append(f"a list of {longest} values: chassis.sql.any_of splits it\n{text[:300]}")

    def _judge(self, statement: Any, options: dict[str, Any]) -> Judged:
        try:
            for_oracle = compiled(statement, **options)
        except (CompileError, NotImplementedError) as error:
            return Judged([f"does not compile: {error}"])
        found = findings(for_oracle)
        wrong = [f"{each.rule}: {each.detail}" for each in found if each not in WAYS]
        wrong += [f"long-value: {each}" for each in misused(statement)]
        return Judged([f"{each}\n{for_oracle}" for each in wrong], "" if found else for_oracle)


def _by_a_test() -> bool:
    """Tells whether a test module itself asks: it may look at PostgreSQL as it likes."""
    frame = inspect.currentframe()
    while frame is not None and ("site-packages" in frame.f_code.co_filename or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(TESTS)


@contextmanager
def recording() -> Generator[Recording]:
    """Listens to every engine of this process."""
    heard = Recording()
    plain: Any = PGDialect_psycopg.statement_compiler
    plain_ddl: Any = PGDialect_psycopg.ddl_compiler

    class Statements(plain):
        def __init__(self, dialect: Any, statement: Any, *args: Any, **options: Any) -> None:
            super().__init__(dialect, statement, *args, **options)
            if statement is not None:
                keys = {name: options[name] for name in ("column_keys", "for_executemany") if name in options}
                heard.construct(statement, self.string, **keys)

    class Definitions(plain_ddl):
        def __init__(self, dialect: Any, statement: Any, *args: Any, **options: Any) -> None:
            super().__init__(dialect, statement, *args, **options)
            heard.construct(statement, self.string)

    def run(_connection: Any, _cursor: Any, text: str, _values: Any, context: Any, _many: bool) -> None:
        heard.lists(text)
        compiled = getattr(context, "compiled", None)
        written = compiled is None or isinstance(compiled.statement, TextClause)
        if written and not _by_a_test():
            heard.text(text)

    PGDialect_psycopg.statement_compiler = Statements
    PGDialect_psycopg.ddl_compiler = Definitions
    event.listen(Engine, "before_cursor_execute", run)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", run)
        PGDialect_psycopg.statement_compiler, PGDialect_psycopg.ddl_compiler = plain, plain_ddl
