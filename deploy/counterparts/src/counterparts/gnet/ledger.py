"""The older system's own book: orders, what the branch answered, write-backs received and what they changed.

It is the witness of the fault tests, so it is written before anything is answered and knows nothing of the suite.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

_TABLES: Final = """
create table if not exists orders (
    external_id text primary key, document text not null, created_at text not null,
    state text not null default 'waiting', tries integer not null default 0, acknowledged integer not null default 0,
    work_order_id text not null default '', answer text not null default '', last_error text not null default ''
);
create index if not exists ix_orders_state on orders (state, external_id);
create table if not exists deliveries (
    id integer primary key, received_at text not null, key text not null, external_id text not null,
    task_id text not null, outcome text not null, verdict text not null
);
create table if not exists effects (
    key text primary key, external_id text not null, task_id text not null, outcome text not null, body text not null,
    sequence integer not null, applied_at text not null
);
create index if not exists ix_effects_task on effects (external_id, task_id);
create table if not exists marks (name text primary key, value text not null);
"""
# Verdicts under which something was changed here: what arrives wrongly is carried out and can be counted.
_EFFECTS: Final = ("applied", "double", "out_of_order")


@dataclass(frozen=True)
class WriteBack:
    """One write-back as it arrived."""

    key: str
    external_id: str
    task_id: str
    outcome: str
    sequence: int
    body: str


class Ledger:
    """The book in a SQLite file. One lock: the older system is small and does one thing after the other."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._book = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._book.row_factory = sqlite3.Row
        # What we have acknowledged must be there after a power cut, or the witness cannot be believed.
        self._book.executescript("pragma journal_mode=wal; pragma synchronous=full;" + _TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._book.close()

    def mark(self, name: str) -> str:
        """Answer a remembered value, empty when there is none."""
        rows = self._rows("select value from marks where name = ?", name)
        return rows[0]["value"] if rows else ""

    def set_mark(self, name: str, value: str) -> None:
        """Remember a value."""
        self._do("insert or replace into marks values (?, ?)", name, value)

    def add_orders(self, orders: Iterable[tuple[str, dict[str, Any]]], *, at: str) -> int:
        """Add orders that are not there yet and answer how many were new."""
        rows = [(external_id, json.dumps(document, ensure_ascii=False), at) for external_id, document in orders]
        with self._lock, self._book:
            self._book.execute("begin")
            before = self._book.total_changes
            self._book.executemany(
                "insert or ignore into orders (external_id, document, created_at) values (?, ?, ?)", rows
            )
            return self._book.total_changes - before

    def waiting(self, limit: int) -> list[tuple[str, dict[str, Any]]]:
        """Answer orders that nobody has acknowledged or refused yet, oldest first."""
        rows = self._rows(
            "select external_id, document from orders where state = 'waiting' order by tries, external_id limit ?",
            limit,
        )
        return [(row["external_id"], json.loads(row["document"])) for row in rows]

    def acknowledged(self, external_id: str, answer: dict[str, Any]) -> None:
        """Note that the branch took an order in; a second time counts as well."""
        self._do(
            "update orders set state = 'acknowledged', tries = tries + 1, acknowledged = acknowledged + 1,"
            " work_order_id = ?, answer = ?, last_error = '' where external_id = ?",
            str(answer.get("id", "")),
            json.dumps(answer, ensure_ascii=False),
            external_id,
        )

    def refused(self, external_id: str, error: str) -> None:
        """Note that the branch will not have an order."""
        self._do(
            "update orders set state = 'refused', tries = tries + 1, last_error = ? where external_id = ?",
            error,
            external_id,
        )

    def not_answered(self, external_id: str, error: str) -> None:
        """Note a try that came to nothing; the order keeps waiting."""
        self._do("update orders set tries = tries + 1, last_error = ? where external_id = ?", error, external_id)

    def received(self, write_back: WriteBack, *, at: str, applied: bool) -> str:
        """Note a delivery and, when `applied`, its effect. Answers the verdict.

        `applied` has its effect now; `duplicate` had it before; `double` is a second effect on the same task, which
        must never happen; `out_of_order` is one that was overtaken by a later one of its task, which must not happen
        either; `unknown_order` names no order of ours; `not_applied` was turned away.
        """
        with self._lock, self._book:
            self._book.execute("begin")
            verdict = self._verdict(write_back) if applied else "not_applied"
            self._book.execute(
                "insert into deliveries (received_at, key, external_id, task_id, outcome, verdict) values (?, ?, ?, ?, ?, ?)",
                (at, write_back.key, write_back.external_id, write_back.task_id, write_back.outcome, verdict),
            )
            if verdict in _EFFECTS:
                self._book.execute(
                    "insert into effects (key, external_id, task_id, outcome, body, sequence, applied_at)"
                    " values (:key, :external_id, :task_id, :outcome, :body, :sequence, :at)",
                    asdict(write_back) | {"at": at},
                )
        return verdict

    def _verdict(self, write_back: WriteBack) -> str:
        one = self._book.execute
        if one("select 1 from effects where key = ?", (write_back.key,)).fetchone():
            return "duplicate"
        if not one("select 1 from orders where external_id = ?", (write_back.external_id,)).fetchone():
            return "unknown_order"
        last = one(
            "select max(sequence) from effects where external_id = ? and task_id = ?",
            (write_back.external_id, write_back.task_id),
        ).fetchone()[0]
        if last is None:
            return "applied"
        return "out_of_order" if write_back.sequence < last else "double"

    def totals(self) -> dict[str, dict[str, int]]:
        """Answer the counts: orders by state, deliveries by verdict, effects by outcome."""
        return {
            "orders": self._counts("select state, count(*) from orders group by state"),
            "acknowledgements": self._counts(
                "select 'orders', count(*) from orders where acknowledged > 0"
                " union all select 'repeated', coalesce(sum(acknowledged - 1), 0) from orders where acknowledged > 1"
            ),
            "deliveries": self._counts("select verdict, count(*) from deliveries group by verdict"),
            "effects": self._counts("select outcome, count(*) from effects group by outcome"),
        }

    def orders(self, prefix: str, limit: int) -> list[dict[str, Any]]:
        """Answer orders whose number begins so, newest first, each with the effects it has had."""
        rows = self._rows(
            "select external_id, created_at, state, tries, acknowledged, work_order_id, answer, last_error, document"
            " from orders where external_id >= ? and external_id < ? order by rowid desc limit ?",
            prefix,
            prefix + "\U0010ffff",
            limit,
        )
        effects: dict[str, list[dict[str, str]]] = {}
        for row in self._rows(
            "select external_id, task_id, outcome, key, applied_at from effects order by applied_at, rowid"
        ):
            effects.setdefault(row["external_id"], []).append(
                {name: row[name] for name in ("task_id", "outcome", "key", "applied_at")}
            )
        return [
            dict(row)
            | {
                "answer": json.loads(row["answer"] or "{}"),
                "document": json.loads(row["document"]),
                "effects": effects.get(row["external_id"], []),
            }
            for row in rows
        ]

    def deliveries(self, limit: int) -> list[dict[str, Any]]:
        """Answer the last deliveries, newest first."""
        return [dict(row) for row in self._rows("select * from deliveries order by id desc limit ?", limit)]

    def _counts(self, question: str) -> dict[str, int]:
        return {str(row[0]): int(row[1]) for row in self._rows(question)}

    def _rows(self, question: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._book.execute(question, values).fetchall()

    def _do(self, order: str, *values: object) -> None:
        with self._lock:
            self._book.execute(order, values)
