"""Generate the tasks of one rule for a day: one transaction, set-based, and the same however often it runs."""

from collections.abc import Sequence
from datetime import date, timedelta

from chassis.clock import business_day
from chassis.database import Unit
from dispatch.domain.branch import Branch as Branch
from dispatch.domain.branch import Part
from dispatch.domain.calendar import days_between
from dispatch.domain.errors import FieldInvalid
from dispatch.domain.events import TasksGenerated
from dispatch.domain.rules import APPOINTMENT, OCCASIONS, GenerationRule, RunFacts
from dispatch.lunar import lunar_days
from dispatch.storage import generation
from dispatch.storage.generation import Run

RUN_FORM = "dispatch.generation_run"
FURTHEST = timedelta(days=62)


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
    # One statement for all customers for whom the rule counts alike: one in all while no bureau has set anything.
    parts = [(part, *rule.window(on, daily=daily, lead_days=part.lead_days)) for part in branch.parts(rule.name)]
    run = Run(unit.new_id(), rule, parts[0][1], max(last for _, _, last in parts), unit.now())
    if rule.name == APPOINTMENT:
        created = generation.add_appointments(unit, run, only)
    else:
        created = sum(_insert(unit, run, on, branch, *part) for part in parts)
    if created or daily:
        generation.note_run(unit, run, on, daily=daily, created=created)
    if created:
        unit.trace(RUN_FORM, run.id, "*", None, f"{rule.name} {on.isoformat()}: {created}", cause=run.id)
        owners = tuple(generation.owners_of_run(unit, run.id))
        unit.record(TasksGenerated(run.id, rule.name, on, created, owners))
    return created


def _insert(unit: Unit, run: Run, on: date, branch: Branch, part: Part, first: date, last: date) -> int:
    facts = RunFacts(on, first, last, lunar_days(days_between(first, last)), part.calendar, branch.zone)
    return generation.add_occasions(unit, run, OCCASIONS[run.rule.name](run.rule, facts), part)
