"""One day's tasks out of a million customers, beside the bare statement that makes them."""

import itertools
import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy
import sqlalchemy.orm
from sqlalchemy import text

from chassis import migrations
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import service_actor
from chassis.ids import new_id
from dispatch.__main__ import MIGRATIONS
from dispatch.actions.generate_tasks import Branch, generate_tasks
from dispatch.domain.calendar import Calendar, DayFacts, days_between
from dispatch.domain.rules import OCCASIONS, GenerationRule, RunFacts
from dispatch.lunar import lunar_days
from dispatch.messaging.publish import encode
from dispatch.storage import generation, tables
from dispatch.storage.generation import Run
from local_stack.postgres import SERVING, PostgresServer
from local_stack.processes import free_port
from tests.bench.figures import Figure

ZONE = ZoneInfo("Asia/Shanghai")
ORDINARY, HOLIDAY = date(2026, 11, 23), date(2026, 9, 24)
CALENDAR = Calendar(
    {date(2026, 10, n): DayFacts(working=False, holiday="国庆节", holiday_start=n == 1) for n in range(1, 8)}
)
AIM_SECONDS = 10.0
# Half the birthdays are lunar; one customer in five is a business with a store, one in a hundred a key account.
_CUSTOMERS = """
INSERT INTO customer_copies (customer_id, version, customer_number, name, customer_group, bureau_id, community_id,
                             owner_number, birthday_key, store_key, store_opened_on)
SELECT uuidv7(), 1, 'K' || i, '客户' || i,
       CASE WHEN i % 100 = 0 THEN 'key_account' WHEN i % 5 = 0 THEN 'business' ELSE 'public' END,
       md5('b' || i % 8)::uuid, md5('c' || i % 60)::uuid, 'm' || lpad((i % 120 + 1)::text, 3, '0'),
       CASE WHEN i % 2 = 0 THEN to_char(date '2024-01-01' + (i % 366), '"S"MMDD')
            ELSE 'L' || lpad((i % 12 + 1)::text, 2, '0') || lpad((i / 12 % 30 + 1)::text, 2, '0') END,
       CASE WHEN i % 5 = 0 THEN to_char(date '2024-01-01' + (i / 5 % 366), '"S"MMDD') END,
       CASE WHEN i % 5 = 0 THEN date '2015-01-01' + (i / 5 % 366) END
FROM generate_series(1, :count) AS i
"""


def measure() -> list[Figure]:
    """Answers the time of an ordinary day and of the day on which a holiday's greeting round appears."""
    count = int(os.environ.get("CRM_BENCH_CUSTOMERS", "1000000"))
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(
            Path(folder) / "data", free_port(), secrets.token_urlsafe(12), {**SERVING, "max_wal_size": "4GB"}
        )
        server.start()
        try:
            return list(_figures(server.url("postgres"), count))
        finally:
            server.stop()


def _figures(url: str, count: int) -> Sequence[Figure]:
    clock = FixedClock(datetime(2026, 11, 23, 0, 10, tzinfo=ZONE).astimezone(UTC))
    database = Database(url, clock=clock, plumbing=tables.plumbing, encode=encode, statement_timeout=120_000)
    migrations.upgrade(database.engine, MIGRATIONS, tables.metadata)
    with database.engine.begin() as connection:
        connection.execute(text(_CUSTOMERS), {"count": count})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE customer_copies"))
    figures = [
        _day(database, clock, f"generator: an ordinary day, {count:,} customers", ORDINARY),
        _day(database, clock, f"generator: a greeting round, {count:,} customers", HOLIDAY),
    ]
    database.close()
    return figures


def _day(database: Database, clock: FixedClock, name: str, on: date) -> Figure:
    clock.at = datetime(on.year, on.month, on.day, 0, 10, tzinfo=ZONE).astimezone(UTC)
    bare, rows = _bare(database, on, clock.now())
    actor, branch = service_actor("dispatch"), Branch(CALENDAR, ZONE)
    began = time.perf_counter()
    made = sum(database.run_sync(actor, generate_tasks, rule, on, branch) for rule in (*OCCASIONS, "appointment"))
    ours = time.perf_counter() - began
    assert made == rows, (made, rows)
    verdict = "reached" if ours <= AIM_SECONDS else "MISSED"
    return Figure(
        name,
        f"{ours:.2f} s",
        f"bare SQL: {bare:.2f} s, {made:,} tasks; aim ≤ {AIM_SECONDS:.0f} s: {verdict}",
        bare / ours,
    )


def _bare(database: Database, on: date, now: datetime) -> tuple[float, int]:
    """The statements alone, undone afterwards."""
    rows, spent = 0, 0.0
    with sqlalchemy.orm.Session(database.engine) as session:
        rules = {rule.name: rule for rule in session.scalars(sqlalchemy.select(GenerationRule))}
        for name in OCCASIONS:
            run, statement = _statement(rules[name], on, now)
            if statement is None:
                continue
            began = time.perf_counter()
            options = {"preserve_rowcount": True}
            rows += session.connection().execute(statement, execution_options=options).rowcount
            spent += time.perf_counter() - began
            assert run.id
        session.rollback()
    return spent, rows


def _statement(rule: GenerationRule, on: date, now: datetime) -> tuple[Run, sqlalchemy.Insert | None]:
    first, last = rule.window(on, daily=False)
    facts = RunFacts(on, first, last, lunar_days(days_between(first, last)), CALENDAR, ZONE)
    days = OCCASIONS[rule.name](rule, facts)
    run = Run(new_id(), rule, first, last, now)
    return run, generation.occasions_statement(run, days) if days else None


if __name__ == "__main__":
    print(*itertools.chain(figure.row() for figure in measure()), sep="\n")
