"""Everything that is published, read from the database; and the defaults that are there from the first start."""

from dataclasses import dataclass
from datetime import date

from chassis.database import Unit as Work
from support.actions.calendar import fill_calendar
from support.actions.end_staff_member import turn_the_day
from support.actions.organisation import PersonView, everybody, list_units
from support.actions.product_policy import follow_product
from support.domain.calendar import Day, Year
from support.domain.extra_fields import ExtraField
from support.domain.organisation import Unit
from support.domain.pairs import Pair
from support.domain.parameters import Value
from support.domain.policy import Roles
from support.storage import calendar, documents, extra_fields, pairs, parameters, policies, unit_days


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings at one moment. `versions` were read first, so nothing in here is older than its version says."""

    versions: dict[str, int]
    waiting: dict[str, int]
    people: list[PersonView]
    units: list[Unit]
    roles: Roles
    years: dict[int, Year]
    pairs: list[Pair]
    own_days: dict[tuple[int, str], list[Day]]
    parameters: dict[str, list[Value]]
    extra_fields: list[ExtraField]


def prepare(work: Work, today: date) -> None:
    """Bring the policy and the calendar up to what this release knows; harmless to repeat."""
    follow_product(work)
    fill_calendar(work, today)


def read_settings(work: Work, today: date, *, waiting_people_only: bool = False) -> Settings:
    """Answer everything that is published on a day; of people, when asked so, only those who wait to be."""
    waiting = documents.versions(work, waiting_only=True)
    prefix = documents.PERSON
    numbers = [key.removeprefix(prefix) for key in waiting if key.startswith(prefix)] if waiting_people_only else None
    force = policies.in_force(work)
    return Settings(
        versions=documents.versions(work),
        waiting=waiting,
        people=everybody(work, numbers),
        units=list_units(work, ()),
        roles=force.roles if force else (),
        years=calendar.stored_years(work),
        pairs=pairs.pairs_on(work, today),
        own_days=unit_days.all_own_days(work),
        parameters=parameters.every_value(work),
        extra_fields=extra_fields.every_field(work),
    )


def turn_day(work: Work, today: date) -> None:
    """Let what holds from or until a day be as it is today: people who begin or are gone, pairs."""
    turn_the_day(work, today)
    if pairs.pairs_turning(work, today):
        documents.mark_changed(work, [documents.PAIRS])


def anything_waits(work: Work) -> bool:
    """Tell whether something was changed and not published yet."""
    return bool(documents.versions(work, waiting_only=True))


def settle(work: Work, published: dict[str, int]) -> None:
    """Note what was published, in which version."""
    documents.settle(work, published)
