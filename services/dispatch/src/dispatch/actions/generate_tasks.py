"""Generate the tasks of one rule for a day: one transaction, set-based, and the same however often it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.database import Unit
from dispatch.domain.calendar import Calendar, days_between
from dispatch.domain.errors import FieldInvalid
from dispatch.domain.events import TasksGenerated
from dispatch.domain.rules import APPOINTMENT, OCCASIONS, GenerationRule, RunFacts
from dispatch.lunar import lunar_days
from dispatch.storage import generation
from dispatch.storage.generation import Run

RUN_FORM = "dispatch.generation_run"
FURTHEST = timedelta(days=62)


@dataclass(frozen=True)
class Branch:
    """What generating needs to know of the branch: its working days and its zone."""

    calendar: Calendar
    zone: ZoneInfo


def generate_tasks(
    unit: Unit, rule_name: str, on: date | None, branch: Branch, only_appointments: Sequence[str] = ()
) -> int:
    """Generates what one rule asks for on a day, today when none is named; answers how many tasks are new.

    A run for today continues from the last such run, whoever asked for it; a run for another day stands alone.
    """
    today = business_day(unit.now(), branch.zone)
    on = on or today
    if abs(on - today) > FURTHEST:
        raise FieldInvalid("DATE_TOO_FAR", "date", value=on.isoformat(), days=str(FURTHEST.days))
    rule = generation.locked_rule(unit, rule_name)
    if rule is None:
        return 0
    daily = on == today and not only_appointments
    created = _run(unit, rule, on, branch, daily=daily, only=only_appointments) if rule.enabled else 0
    if daily:
        rule.cover(on)
    return created


def _run(unit: Unit, rule: GenerationRule, on: date, branch: Branch, *, daily: bool, only: Sequence[str]) -> int:
    first, last = rule.window(on, daily=daily)
    run = Run(unit.new_id(), rule, first, last, unit.now())
    created = _insert(unit, run, on, branch, only)
    if created or daily:
        generation.note_run(unit, run, on, daily=daily, created=created)
    if created:
        unit.trace(RUN_FORM, run.id, "*", None, f"{rule.name} {on.isoformat()}: {created}", cause=run.id)
        owners = tuple(generation.owners_of_run(unit, run.id))
        unit.record(TasksGenerated(run.id, rule.name, on, created, owners))
    return created


def _insert(unit: Unit, run: Run, on: date, branch: Branch, only: Sequence[str]) -> int:
    if run.rule.name == APPOINTMENT:
        return generation.add_appointments(unit, run, only)
    lunar = lunar_days(days_between(run.first, run.last))
    facts = RunFacts(on, run.first, run.last, lunar, branch.calendar, branch.zone)
    return generation.add_occasions(unit, run, OCCASIONS[run.rule.name](run.rule, facts))
