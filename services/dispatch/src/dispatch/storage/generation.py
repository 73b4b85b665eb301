"""The generator's statements: each makes the tasks of many customers at once, and passes over those that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)

from chassis.columns import Day, Moment, Words
from chassis.database import Unit
from chassis.sql import fresh_id, id_text
from dispatch.domain import titles
from dispatch.domain.branch import Part
from dispatch.domain.rules import BIRTHDAY, HOLIDAY, STORE_ANNIVERSARY, GenerationRule, OccasionDay
from dispatch.domain.words import NOT_FOUND, PLACED_BY_ARCHIVE, SOURCE_GENERATOR, TaskKind, TaskState
from dispatch.storage.tables import appointment_copies, customer_copies, generation_rules, generation_runs, tasks

c = customer_copies.c
a = appointment_copies.c
KINDS = {BIRTHDAY: TaskKind.BIRTHDAY, STORE_ANNIVERSARY: TaskKind.STORE_ANNIVERSARY, HOLIDAY: TaskKind.HOLIDAY}
BOOKED = (TaskKind.INSTALL, TaskKind.REMOVE, TaskKind.RELOCATE, TaskKind.VISIT)


@dataclass(frozen=True)
class Run:
    """One run of one rule."""

    id: str
    rule: GenerationRule
    first: date
    last: date
    at: datetime


def rules(unit: Unit) -> list[GenerationRule]:
    """Answers every rule, by name."""
    return list(unit.session.scalars(select(GenerationRule).order_by(generation_rules.c.name)))


def locked_rule(unit: Unit, name: str) -> GenerationRule | None:
    """Answers a rule for a change or a run: runs of the same rule take turns."""
    return unit.session.scalars(select(GenerationRule).where(generation_rules.c.name == name).with_for_update()).first()


def record_id(rule_name: str) -> str:
    """Answers the id under which the history of a rule is kept; rules are known by name."""
    return str(uuid5(NAMESPACE_OID, f"crm.dispatch.generation_rule.{rule_name}"))


def add_occasions(unit: Unit, run: Run, days: Sequence[OccasionDay], part: Part) -> int:
    """Makes the tasks of customers of a part who have one of these occasions; answers how many were new."""
    if not days:
        return 0
    return _insert(unit, occasions_statement(run, days, part))


def occasions_statement(run: Run, days: Sequence[OccasionDay], part: Part | None = None) -> Any:
    """The statement of `add_occasions`; without a part for all customers."""
    day = _day_table(days)
    key = id_text(c.customer_id) + literal(":") + day.c.day_text
    celebrates: dict[str, ColumnElement[bool]] = {
        BIRTHDAY: c.birthday_key == day.c.day_key,
        STORE_ANNIVERSARY: and_(c.store_key == day.c.day_key, c.store_opened_on < day.c.on_day),
        HOLIDAY: literal(value=1) == literal(value=1),
    }
    kind = KINDS[run.rule.name]
    title = literal(titles.before_name(kind)) + func.coalesce(c.name, c.customer_number) + day.c.title_end
    values = {
        **_owner_values(run),
        "kind": literal(kind.value),
        "title": title,
        "due_at": day.c.due_at,
        "occasion_key": key,
        "occasion_on": day.c.on_day,
    }
    source = customer_copies.join(day, celebrates[run.rule.name])
    return _new_tasks(values, source, key, run, c.customer_group.in_(run.rule.group_list), *_within(part))


def add_appointments(unit: Unit, run: Run, only: Sequence[str] = ()) -> int:
    """Makes the tasks of booked services that fall into the run; answers how many were new."""
    key = id_text(a.appointment_id)
    words = case({kind.value: titles.KIND_WORDS[kind] for kind in BOOKED}, value=a.kind)
    name = func.coalesce(c.name, literal(""))
    values = {
        **_owner_values(run),
        "kind": a.kind,
        "title": words + literal(titles.SEPARATOR) + name + literal("(") + a.starts_words + literal(")"),
        "customer_id": a.customer_id,
        "due_at": a.starts_at,
        "occasion_key": key,
        "occasion_on": a.starts_on,
        "place": a.place,
    }
    source = appointment_copies.outerjoin(customer_copies, c.customer_id == a.customer_id)
    where = [a.starts_on >= run.first, a.starts_on <= run.last, a.cancelled == false()]
    if only:
        where.append(a.appointment_id.in_(only))
    return _insert(unit, _new_tasks(values, source, key, run, *where))


def owners_of_run(unit: Unit, run_id: str) -> list[str]:
    """Answers the owners of a run's tasks, each once."""
    question = select(tasks.c.owner_number).where(tasks.c.run_id == run_id, tasks.c.owner_number.is_not(None))
    return sorted(str(number) for number in unit.session.scalars(question.distinct()))


def note_run(unit: Unit, run: Run, on: date, *, daily: bool, created: int) -> None:
    """Writes the run down."""
    unit.session.execute(
        insert(generation_runs).values(
            id=run.id,
            rule=run.rule.name,
            run_on=on,
            first_on=run.first,
            last_on=run.last,
            daily=daily,
            created_count=created,
            ran_at=run.at,
            actor_id=unit.actor.id,
        )
    )


def _owner_values(run: Run) -> dict[str, ColumnElement[Any]]:
    return {
        "id": fresh_id(),
        "version": literal(1),
        "source": literal(SOURCE_GENERATOR),
        "priority": literal(run.rule.priority),
        "created_at": literal(run.at, Moment),
        "state": literal(TaskState.OPEN.value),
        "customer_id": c.customer_id,
        "customer_name": c.name,
        "bureau_id": c.bureau_id,
        "community_id": c.community_id,
        "owner_number": c.owner_number,
        "seat_number": c.seat_number,
        "rule": literal(run.rule.name),
        "run_id": literal(run.id, tasks.c.run_id.type),
        "placement": case((c.owner_number.is_(None), NOT_FOUND), else_=PLACED_BY_ARCHIVE),
    }


def _new_tasks(
    values: dict[str, Any], source: FromClause, key: ColumnElement[str], run: Run, *where: ColumnElement[bool]
) -> Any:
    known = exists().where(tasks.c.rule == run.rule.name, tasks.c.occasion_key == key)
    rows: Any = select(*values.values()).select_from(source).where(*where, ~known)
    return insert(tasks).from_select(list(values), rows)


def _within(part: Part | None) -> list[ColumnElement[bool]]:
    if part is None or not (part.bureau_id or part.others):
        return []
    if part.bureau_id:
        return [c.bureau_id == part.bureau_id]
    return [or_(c.bureau_id.is_(None), c.bureau_id.not_in(part.others))]


def _day_table(days: Sequence[OccasionDay]) -> Subquery:
    return union_all(
        *(
            select(
                cast(literal(day.key), Words(5)).label("day_key"),
                cast(literal(day.on, Day), Day).label("on_day"),
                cast(literal(day.on.isoformat()), Words(10)).label("day_text"),
                cast(literal(day.due_at, Moment), Moment).label("due_at"),
                cast(literal(day.title_end), Words(60)).label("title_end"),
            )
            for day in days
        )
    ).subquery("days")


def _insert(unit: Unit, statement: Any) -> int:
    return unit.session.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount
