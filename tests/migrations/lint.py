"""What a revision may not do to tables that the release before is still at work on, told from the statements it really runs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect

from chassis.schema_window import RELEASE, attribute, number
from tests.migrations.filling import OWN
from tests.migrations.revisions import Step, steps

TABLES_AT_ONCE = 2
CONSTANT = re.compile(r"'[^']*'(::\w+)?|-?[\d.]+|true|false|null", re.IGNORECASE)
LENGTH = re.compile(r"(?:VARCHAR|CHARACTER VARYING)\((\d+)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Ran:
    """A statement as it ran; `alone` when it was committed by itself."""

    text: str
    alone: bool
    transaction: int


@dataclass
class Ground:
    """What a revision found: tables with the types of their columns, and since which revision each is there."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    since: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, engine: Engine, revision: str) -> None:
        """Looks at the tables after a revision."""
        found = inspect(engine)
        names = set(found.get_table_names()) - OWN
        self.columns = {
            name: {str(each["name"]): str(each["type"]) for each in found.get_columns(name)} for name in names
        }
        self.since = {name: self.since.get(name, revision) for name in names}


@dataclass(frozen=True)
class Rule:
    """A shape of statements on a table that was there; `narrows` is forgiven to a contraction, the rest to nobody."""

    pattern: re.Pattern[str]
    complaint: str
    narrows: bool = True
    unless: Callable[[re.Match[str], Ran, Ground], bool] = lambda _match, _ran, _ground: False


def _rule(pattern: str, complaint: str, **more: Any) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), complaint, **more)


def _wider(match: re.Match[str], _: Ran, ground: Ground) -> bool:
    old = LENGTH.fullmatch(ground.columns[match["table"]].get(match["column"], ""))
    new = LENGTH.match(match["type"])
    return bool(old and new and int(new[1]) >= int(old[1]))


def _constant(match: re.Match[str], _: Ran, __: Ground) -> bool:
    return CONSTANT.fullmatch(match["default"].strip()) is not None


def _alone(_: re.Match[str], ran: Ran, __: Ground) -> bool:
    return ran.alone


ALTER = r'ALTER TABLE (?:IF EXISTS )?(?:ONLY )?"?(?P<table>\w+)"? '
RULES = (
    _rule(r'DROP TABLE (?:IF EXISTS )?"?(?P<table>\w+)"?', "takes a table away"),
    _rule(ALTER + r"DROP COLUMN", "takes a column away"),
    _rule(ALTER + r"RENAME", "renames, which takes the old name away"),
    _rule(
        ALTER + r'ALTER (?:COLUMN )?"?(?P<column>\w+)"? (?:SET DATA )?TYPE (?P<type>.+)',
        "changes a type, which writes every row anew",
        unless=_wider,
    ),
    _rule(ALTER + r"ALTER (?:COLUMN )?\S+ SET NOT NULL", "refuses rows that the release before may still write"),
    _rule(ALTER + r"ALTER (?:COLUMN )?\S+ DROP DEFAULT", "takes away a default that the release before counts on"),
    _rule(
        ALTER + r"ADD (?:COLUMN )?(?!.*\bDEFAULT\b)(?!CONSTRAINT).*\bNOT NULL",
        "adds a column that the release before leaves empty: give it a constant server_default",
    ),
    _rule(
        ALTER + r"ADD (?:COLUMN )?(?!CONSTRAINT).*\bDEFAULT (?P<default>.+?)(?: NOT NULL)?$",
        "adds a column whose default is worked out row by row: every row is written anew",
        narrows=False,
        unless=_constant,
    ),
    _rule(
        ALTER + r"ADD (?:COLUMN )?(?!CONSTRAINT).*\b(?:SERIAL|BIGSERIAL|GENERATED)\b",
        "adds a column that every row is written anew for",
        narrows=False,
    ),
    _rule(
        ALTER + r"ADD CONSTRAINT (?!.*\bNOT VALID\b)(?!.*\bUSING INDEX\b)",
        "checks every row under a lock: add the constraint NOT VALID and validate it in the next revision",
        narrows=False,
    ),
    _rule(
        ALTER + r"ADD CONSTRAINT .*\b(?:UNIQUE|CHECK|EXCLUDE)\b", "refuses rows that the release before may still write"
    ),
    _rule(
        r'CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).*? ON "?(?P<table>\w+)"?',
        "keeps everybody from writing while an index is built: chassis.schema_steps.create_index",
        narrows=False,
    ),
    _rule(r'CREATE UNIQUE INDEX .*? ON "?(?P<table>\w+)"?', "refuses rows that the release before may still write"),
    _rule(
        r'(?:UPDATE|DELETE FROM) (?:ONLY )?"?(?P<table>\w+)"?',
        "locks rows until the end of the revision: chassis.schema_steps.in_batches",
        narrows=False,
        unless=_alone,
    ),
    _rule(r'(?:TRUNCATE|LOCK) (?:TABLE )?(?:ONLY )?"?(?P<table>\w+)"?', "keeps everybody out", narrows=False),
)
CHANGING = re.compile(
    r'(?:UPDATE|DELETE FROM|CREATE (?:UNIQUE )?INDEX .*? ON) (?:ONLY )?"?(?P<table>\w+)"?', re.IGNORECASE
)
LOCKING = re.compile(rf'{ALTER}|.*REFERENCES "?(?P<other>\w+)', re.IGNORECASE)


def findings(folder: Path, url: str) -> dict[str, list[str]]:
    """Makes every step of a folder on an empty database, and answers what is wrong with each revision."""
    engine, ground, wrong = create_engine(url), Ground(), dict[str, list[str]]()
    line = steps(folder)
    for place, step in enumerate(line):
        ran = run(engine, step)
        wrong[step.revision] = [*marks(step, line[:place]), *judge(step, line[:place], ran, ground)]
        ground.take(engine, step.revision)
    engine.dispose()
    return wrong


def run(engine: Engine, step: Step) -> list[Ran]:
    """Makes a step and answers the statements it ran on the service's tables."""
    ran: list[Ran] = []
    transactions = count()
    current = next(transactions)

    def heard(connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        alone = bool(connection.connection.dbapi_connection.autocommit)
        ran.append(Ran(" ".join(text.split()), alone, next(transactions) if alone else current))

    def committed(_: Any) -> None:
        nonlocal current
        current = next(transactions)

    event.listen(engine, "before_cursor_execute", heard)
    event.listen(engine, "commit", committed)
    try:
        step.up(engine)
    finally:
        event.remove(engine, "before_cursor_execute", heard)
        event.remove(engine, "commit", committed)
    return ran


def marks(step: Step, earlier: list[Step]) -> Iterator[str]:
    """Answers what is wrong with what a revision says of itself."""
    release = attribute(step.script, "release")
    before = attribute(earlier[-1].script, "release") if earlier else ""
    if not release:
        yield f'says no release: write release = "{RELEASE}"'
        return
    if number(release) > number(RELEASE):
        yield f"belongs to release {release}, and this is {RELEASE}"
    if before and number(release) < number(before):
        yield f"belongs to release {release}, older than the revision before it"
    contracted, unused = attribute(step.script, "contract_of"), attribute(step.script, "unused_since")
    if not contracted:
        if unused:
            yield "says unused_since without contract_of"
        return
    if contracted not in {each.revision for each in earlier}:
        yield f"is the contract of {contracted}, which is no earlier revision"
    if not unused:
        yield "is a contract: write unused_since, the first release that does not touch any more what goes"


def judge(step: Step, earlier: list[Step], ran: list[Ran], ground: Ground) -> Iterator[str]:
    """Answers what is wrong with the statements of a revision on tables that were there before it."""
    for each in ran:
        for rule in RULES:
            match = rule.pattern.match(each.text)
            if match is None or match["table"] not in ground.columns or rule.unless(match, each, ground):
                continue
            if not (rule.narrows and _due(step, earlier, ground.since[match["table"]])):
                yield f"{rule.complaint}: {each.text[:120]}"
    held: dict[int, set[str]] = {}
    for each in ran:
        held.setdefault(each.transaction, set()).update(_locked(each) & ground.columns.keys())
    for tables in held.values():
        if len(tables) > TABLES_AT_ONCE:
            yield f"holds {len(tables)} tables at once, {TABLES_AT_ONCE} at most: {', '.join(sorted(tables))}"


def touched(step: Step, url: str) -> set[str]:
    """Answers the tables that were there before a step and that it locks or changes."""
    engine, ground = step.stand_before(url), Ground()
    ground.take(engine, step.before)
    ran = run(engine, step)
    engine.dispose()
    changed = {match["table"] for each in ran if (match := CHANGING.match(each.text))}
    return (changed | {name for each in ran for name in _locked(each)}) & ground.columns.keys()


def _locked(ran: Ran) -> set[str]:
    return {match["table"] or match["other"] for match in LOCKING.finditer(ran.text)}


def _due(step: Step, earlier: list[Step], since: str) -> bool:
    """Tells whether a contraction may be: its expansion is a release old, or what goes was in no release at all."""
    release = number(attribute(step.script, "release") or "0")
    releases = {each.revision: number(attribute(each.script, "release") or "0") for each in earlier}
    contracted, unused = attribute(step.script, "contract_of"), number(attribute(step.script, "unused_since") or "0")
    if not contracted:
        return False
    return releases[since] == release or (releases.get(contracted, release) < release and unused < release)
