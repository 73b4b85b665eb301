"""Listens to what the tests run on PostgreSQL, and says which of it Oracle could not run.

Every construct is compiled for PostgreSQL before it runs, whether the session, the engine or a kept statement runs it; there
it is taken, and compiled for Oracle as well. Written texts are none; each is on a list with the reason why it may be run.
"""

import inspect
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, TextClause, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import CompileError

from tests.oracle.lint import Finding, findings
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


class Recording:
    """What was run, in PostgreSQL's words and in Oracle's."""

    def __init__(self) -> None:
        self.spoken: dict[str, Faults] = {}
        """By the text for PostgreSQL: what Oracle would not take."""
        self.for_oracle: set[str] = set()
        self._faults: Faults = []

    def take_faults(self) -> Faults:
        """Answers the faults found since the last time."""
        found, self._faults = self._faults, []
        return found

    def construct(self, statement: Any, text: str, **options: Any) -> None:
        """Takes note of a construct that was compiled."""
        if "pg_catalog." in text:
            return  # SQLAlchemy and alembic ask every database in its own way what tables it has.
        if isinstance(statement, TextClause):
            return  # Looked at when it runs.
        if text not in self.spoken:
            self.spoken[text] = self._judge(statement, options)
        self._faults += self.spoken[text]

    def text(self, text: str) -> None:
        """Takes note of a written text, or of a text that was compiled before."""
        if text not in self.spoken and not any(re.fullmatch(known, text) for known in TEXTS):
            self._faults.append(f"a text that is not on the list: {text}")

    def _judge(self, statement: Any, options: dict[str, Any]) -> Faults:
        try:
            for_oracle = compiled(statement, **options)
        except (CompileError, NotImplementedError) as error:
            return [f"does not compile: {error}"]
        found = findings(for_oracle)
        wrong = [each for each in found if each not in WAYS]
        if not found:
            self.for_oracle.add(for_oracle)
        return [f"{each.rule}: {each.detail}\n{for_oracle}" for each in wrong]


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
