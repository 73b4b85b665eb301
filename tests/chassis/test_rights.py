"""The engine against a reading of the rules that shares no code with it: SQL and Python must both agree with that reading."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2
from sqlalchemy import Column, Table, and_, create_engine, insert, select

from chassis.access import GRANTS_KEY, UNITS_KEY, AccessBook, RowColumns, RowFacts
from chassis.columns import Words, new_metadata
from chassis.identity import Actor
from chassis.rights import HIDDEN, MASKED, READ, WRITE

SEE, CHANGE, EXPORT = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE, access_pb2.ACTION_EXPORT
UNMASK = access_pb2.ACTION_UNMASK
TODAY = date(2026, 11, 22)
FORM = "toy.note"
PARENTS = {"br": "", "b1": "br", "b2": "br", "c11": "b1", "c12": "b1", "c21": "b2", "dep": "br"}
KINDS = {"br": 1, "b1": 2, "b2": 5, "c11": 3, "c12": 3, "c21": 3, "dep": 4}

metadata = new_metadata()
rows = Table(
    "test_rows",
    metadata,
    Column("id", Words(40), primary_key=True),
    Column("owner", Words(10), nullable=True),
    Column("keeper", Words(10), nullable=True),
    Column("community", Words(10), nullable=True),
    Column("bureau", Words(10), nullable=True),
)
COLUMNS = RowColumns(
    owner=(rows.c.owner,),
    community=rows.c.community,
    bureau=rows.c.bureau,
    keepers=lambda numbers: and_(rows.c.keeper.is_not(None), rows.c.keeper.in_(numbers)),
)
PLACES = [("c11", "b1"), ("c12", "b1"), ("c21", "b2"), (None, "b1"), (None, "b2"), (None, None)]
ROWS = [
    (f"{owner}-{keeper}-{community}-{bureau}", owner, keeper, community, bureau)
    for owner, keeper, (community, bureau) in itertools.product(("m1", "m2", None), ("m1", "m3", None), PLACES)
]


@dataclass
class Somebody:
    """A person as a test knows them."""

    number: str = "m1"
    positions: frozenset[str] = frozenset({"manager"})
    communities: frozenset[str] = frozenset({"c11"})
    bureaus: frozenset[str] = frozenset({"b1"})
    units: frozenset[str] = frozenset({"c11"})
    absent: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    def actor(self) -> Actor:
        return Actor(
            "person", self.number, "X", self.positions, bureau_ids=self.bureaus, community_ids=self.communities
        )

    def document(self) -> bytes:
        periods = [person_pb2.StandIn(staff_number=n, valid_from=a, valid_to=b) for n, a, b in self.absent]
        return person_pb2.PersonDocument(
            staff_number=self.number, active=True, unit_ids=sorted(self.units), stands_in_for=periods
        ).SerializeToString()


def book(
    who: Somebody,
    grants: list[access_pb2.Grant],
    assignments: list[access_pb2.RoleAssignment] | None = None,
    sensitive: frozenset[str] = frozenset({"phone"}),
) -> AccessBook:
    units = [support_pb2.Unit(id=u, parent_id=p, kind=KINDS[u]) for u, p in PARENTS.items()]  # type: ignore[arg-type]  # enum number
    return AccessBook(
        {
            GRANTS_KEY: access_pb2.GrantsDocument(grants=grants, assignments=assignments or []).SerializeToString(),
            UNITS_KEY: support_pb2.UnitsDocument(units=units).SerializeToString(),
            f"person.{who.number}": who.document(),
        },
        today=lambda: TODAY,
        sensitive=lambda _, column: column in sensitive,
    )


def facts(row: tuple[str, str | None, str | None, str | None, str | None]) -> RowFacts:
    _, owner, keeper, community, bureau = row
    return RowFacts((owner,) if owner else (), (keeper,) if keeper else (), community or "", bureau or "")


def ancestors(unit: str | None) -> set[str]:
    found: set[str] = set()
    while unit:
        found.add(unit)
        unit = PARENTS[unit]
    return found


def lies(
    grant: access_pb2.Grant, who: Somebody, row: tuple[str, str | None, str | None, str | None, str | None]
) -> bool:
    """The reading: written from the words of the contract alone."""
    _, owner, keeper, community, bureau = row
    own = {who.number} | {n for n, a, b in who.absent if a <= TODAY.isoformat() <= b}
    places = ancestors(community) | ancestors(bureau)
    match grant.scope:
        case access_pb2.ROW_SCOPE_ALL:
            return True
        case access_pb2.ROW_SCOPE_OWN:
            return owner in own
        case access_pb2.ROW_SCOPE_OWN_CUSTOMERS:
            return owner in own or keeper in own
        case access_pb2.ROW_SCOPE_COMMUNITY:
            return community in who.communities
        case access_pb2.ROW_SCOPE_BUREAU:
            return bureau in who.bureaus
        case access_pb2.ROW_SCOPE_SUBTREE:
            return "br" in who.units or bool(places & who.units)
        case access_pb2.ROW_SCOPE_UNITS:
            return "br" in grant.unit_ids or bool(places & set(grant.unit_ids))
        case _:
            return False


def random_grant(chance: random.Random) -> access_pb2.Grant:
    return access_pb2.Grant(
        id=str(chance.random()),
        role=chance.choice(["manager", "lent"]),
        form=chance.choice([FORM, FORM, FORM, "toy.other"]),
        actions=chance.sample([SEE, CHANGE, EXPORT, UNMASK], chance.randint(1, 4)),  # type: ignore[arg-type]  # enum numbers
        scope=chance.randint(0, 7),  # type: ignore[arg-type]  # enum number
        unit_ids=chance.sample(sorted(PARENTS), 2),
        refuse=chance.random() < 0.25,
        columns=[
            access_pb2.ColumnRule(column=column, right=chance.randint(1, 4))  # type: ignore[arg-type]  # enum number
            for column in chance.sample(["phone", "note", "extra"], chance.choice([0, 0, 1, 2]))
        ],
        other_columns=chance.choice([0, HIDDEN, READ, WRITE]),  # type: ignore[arg-type]  # enum numbers
    )


def right_by_reading(grants: list[access_pb2.Grant], column: str) -> int:
    """The widest right of the rules that reach a row which is seen."""
    best = HIDDEN
    for grant in grants:
        if grant.refuse and grant.columns and column in {c.column for c in grant.columns}:
            return HIDDEN
    for grant in grants:
        if grant.refuse or not {SEE, CHANGE} & set(grant.actions):
            continue
        named = {c.column: int(c.right) for c in grant.columns}
        right = named.get(column) or int(grant.other_columns) or WRITE
        if column == "phone" and column not in named:
            right = min(int(grant.other_columns) or MASKED, MASKED)
        if CHANGE not in grant.actions:
            right = min(right, READ)
        best = max(best, right)
    return best


def test_lists_single_looks_and_columns_agree_with_the_reading(fresh_database: Callable[..., str]) -> None:
    chance = random.Random(20261122)
    engine = create_engine(fresh_database(metadata))
    compared = 0
    with engine.begin() as connection:
        connection.execute(insert(rows), [dict(zip(rows.c.keys(), row, strict=True)) for row in ROWS])
        for _ in range(250):
            who = Somebody(
                number=chance.choice(["m1", "m2", "m3"]),
                communities=frozenset(chance.sample(["c11", "c12", "c21"], chance.randint(0, 2))),
                bureaus=frozenset(chance.sample(["b1", "b2"], chance.randint(0, 2))),
                units=frozenset(chance.sample(sorted(PARENTS), chance.randint(1, 2))),
                absent=chance.choice([[], [("m2", "2026-11-01", "2026-11-30")], [("m2", "2026-12-01", "2026-12-30")]]),
            )
            grants = [random_grant(chance) for _ in range(chance.randint(0, 5))]
            rules = book(who, grants, [access_pb2.RoleAssignment(role="lent", unit_id="b1")])
            lent = any("b1" in ancestors(unit) for unit in who.units)
            held = [g for g in grants if g.form == FORM and (g.role == "manager" or lent)]
            for action in (SEE, CHANGE, EXPORT):
                expected = {row[0] for row in ROWS if seen(held, who, row, action)}
                found = set(connection.scalars(select(rows.c.id).where(rules.rows(who.actor(), FORM, action, COLUMNS))))
                assert found == expected
                assert {row[0] for row in ROWS if sees(rules, who, row, action)} == expected
            for column in ("phone", "note"):
                open_rows = {
                    row[0]
                    for row in ROWS
                    if seen(held, who, row, SEE) and right_by_reading(reaching(held, who, row), column) >= READ
                }
                condition = rules.rows(who.actor(), FORM, SEE, COLUMNS, column)
                assert set(connection.scalars(select(rows.c.id).where(condition))) == open_rows
                for row in ROWS:
                    expected_right = (
                        right_by_reading(reaching(held, who, row), column) if seen(held, who, row, SEE) else HIDDEN
                    )
                    opened = rules.columns(who.actor(), FORM, facts(row))
                    assert opened.right(column, sensitive=column == "phone") == expected_right
                    compared += 1
    assert compared > 20_000
    engine.dispose()


def reaching(
    grants: list[access_pb2.Grant], who: Somebody, row: tuple[str, str | None, str | None, str | None, str | None]
) -> list[access_pb2.Grant]:
    return [grant for grant in grants if lies(grant, who, row)]


def seen(
    grants: list[access_pb2.Grant],
    who: Somebody,
    row: tuple[str, str | None, str | None, str | None, str | None],
    action: int,
) -> bool:
    found = [grant for grant in reaching(grants, who, row) if action in grant.actions]
    return any(not g.refuse for g in found) and not any(g.refuse and not g.columns for g in found)


def sees(
    rules: AccessBook,
    who: Somebody,
    row: tuple[str, str | None, str | None, str | None, str | None],
    action: int,
) -> bool:
    at = facts(row)
    return rules.sees(
        who.actor(),
        FORM,
        action,
        owners=at.owners,
        customer_keepers=at.customer_keepers,
        community=at.community,
        bureau=at.bureau,
    )


def grant(**said: Any) -> access_pb2.Grant:
    usual: dict[str, Any] = {"role": "manager", "form": FORM, "actions": [SEE], "scope": access_pb2.ROW_SCOPE_ALL}
    return access_pb2.Grant(**(usual | said))


def test_an_assignment_holds_from_its_first_to_its_last_day() -> None:
    who = Somebody(positions=frozenset())
    for first, last, held in [
        ("", "", True),
        ("2026-11-22", "2026-11-22", True),
        ("2026-11-23", "", False),
        ("", "2026-11-21", False),
    ]:
        assigned = access_pb2.RoleAssignment(role="manager", staff_number="m1", valid_from=first, valid_to=last)
        assert book(who, [grant()], [assigned]).allows(who.actor(), FORM, SEE) is held


def test_a_machine_holds_only_what_its_token_says() -> None:
    machine = Actor("system", "m1", "m1", frozenset({"external"}))
    assigned = access_pb2.RoleAssignment(role="manager", staff_number="m1")
    assert not book(Somebody(), [grant()], [assigned]).allows(machine, FORM, SEE)


def test_rights_are_the_same_object_until_something_they_are_made_of_changes() -> None:
    held = {GRANTS_KEY: access_pb2.GrantsDocument(grants=[grant()]).SerializeToString()}
    days = [TODAY]
    rules = AccessBook(held, today=lambda: days[-1])
    who = Somebody().actor()
    first = rules.rights(who)
    assert rules.rights(who) is first
    days.append(date(2026, 11, 23))
    second = rules.rights(who)
    assert second is not first
    held[GRANTS_KEY] = access_pb2.GrantsDocument(version=2).SerializeToString()
    assert rules.rights(who) is not second
    assert not rules.allows(who, FORM, SEE)


def test_columns_say_which_rule_decided_and_why() -> None:
    who = Somebody()
    rules = book(
        who,
        [
            grant(id="all", other_columns=READ),
            grant(
                id="own",
                actions=[SEE, CHANGE, UNMASK],
                scope=access_pb2.ROW_SCOPE_OWN,
                columns=[access_pb2.ColumnRule(column="phone", right=WRITE)],
            ),
            grant(id="no", refuse=True, columns=[access_pb2.ColumnRule(column="note", right=HIDDEN)]),
        ],
    )
    own = rules.columns(who.actor(), FORM, RowFacts(owners=("m1",)))
    others = rules.columns(who.actor(), FORM, RowFacts(owners=("m2",)))
    assert [
        (v.right, v.rule.id if v.rule else "", v.reason)
        for v in (own.verdict("phone", sensitive=True), others.verdict("phone", sensitive=True), own.verdict("note"))
    ] == [
        (WRITE, "own", "RULE"),
        (MASKED, "all", "SENSITIVE_BY_DEFAULT"),
        (HIDDEN, "no", "REFUSED"),
    ]
    assert own.unmask
    assert not others.unmask
