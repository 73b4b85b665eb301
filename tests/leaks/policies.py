"""Random policies: several roles a person, every scope, refusals, and columns opened, masked and hidden."""

import random
from collections.abc import Mapping, Sequence

from crm.common.v1 import access_pb2, person_pb2
from crm.support.v1 import support_pb2

from tests.leaks.reading import B1, B2, BR, C1, C2, C3, DEP, PARENTS, Held, Line, Policy, Somebody

KINDS = {
    BR: support_pb2.UNIT_KIND_BRANCH,
    B1: support_pb2.UNIT_KIND_BUREAU,
    B2: support_pb2.UNIT_KIND_COUNTY_COMPANY,
    C1: support_pb2.UNIT_KIND_COMMUNITY,
    C2: support_pb2.UNIT_KIND_COMMUNITY,
    C3: support_pb2.UNIT_KIND_COMMUNITY,
    DEP: support_pb2.UNIT_KIND_DEPARTMENT,
}
NAMES = {BR: "分公司", B1: "鼓楼局", B2: "临江局", C1: "翠湖社区", C2: "南苑社区", C3: "江岸社区", DEP: "客户部"}
ACTIONS = tuple(number for number in access_pb2.Action.values() if number)
SCOPES = tuple(number for number in access_pb2.RowScope.values() if number)
RIGHTS = tuple(number for number in access_pb2.ColumnRight.values() if number)
ROLES = ("manager", "chief", "lent", "watcher")
GOD = Somebody("god", "总管", frozenset({"god"}), frozenset({BR}))
PEOPLE = (
    Somebody("m001", "王敏", frozenset({"manager"}), frozenset({C1}), frozenset({B1}), frozenset({C1})),
    Somebody(
        "m002", "李强", frozenset({"manager", "watcher"}), frozenset({C3}), frozenset({B2}), frozenset({C3}),
        (("m001", "2026-11-20", "2026-11-23"),),
    ),
    Somebody("z01", "赵静", frozenset({"manager", "chief"}), frozenset({B1}), frozenset({B1}), frozenset(),
             (("m002", "2026-11-01", "2026-11-22"),)),
    Somebody("c01", "周海", frozenset({"chief"}), frozenset({B1, C3}), frozenset({B1, B2}), frozenset({C3})),
    Somebody("d01", "孙洁", frozenset({"watcher"}), frozenset({DEP})),
    Somebody("b01", "吴江", frozenset({"chief", "watcher"}), frozenset({BR})),
)  # fmt: skip
HELD = (
    Held("lent", unit=B1),
    Held("lent", position="watcher", first="2026-11-23", last="2026-11-23"),
    Held("lent", number="c01", last="2026-11-22"),
    Held("chief", number="d01", first="2026-11-24"),
)


Columns = Sequence[str] | Mapping[str, Sequence[str]]
"""Columns that rules name: the same for every form, or those of each."""


def a_policy(chance: random.Random, forms: Sequence[str], columns: Columns, lines: int) -> Policy:
    """A policy of so many rules over some forms; often about rows that are seen, so that there is something to compare."""
    return Policy(tuple(_line(chance, forms, columns) for _ in range(lines)), HELD)


def _line(chance: random.Random, forms: Sequence[str], columns: Columns) -> Line:
    refuse = chance.random() < 0.2
    actions = set(chance.sample(ACTIONS, chance.randint(1, 4)))
    if not refuse and chance.random() < 0.8:
        actions.add(access_pb2.ACTION_SEE)
    form = chance.choice(forms)
    known = columns.get(form, ()) if isinstance(columns, Mapping) else columns
    named = chance.sample(known, min(chance.choice((0, 1, 3, 6)), len(known)))
    return Line(
        role=chance.choice(ROLES),
        form=form,
        actions=frozenset(actions),
        scope=chance.choice(SCOPES),
        units=tuple(chance.sample(sorted(PARENTS), 2)),
        refuse=refuse,
        columns=tuple((name, chance.choice(RIGHTS)) for name in named),
        other=chance.choice((0, 0, *RIGHTS)),
    )


def god(forms: Sequence[str], columns: Columns) -> tuple[Line, ...]:
    """Rules by which one person sees everything in full: what all others are compared with."""
    named = {each for some in columns.values() for each in some} if isinstance(columns, Mapping) else columns
    opened = tuple((column, access_pb2.COLUMN_RIGHT_WRITE) for column in sorted(named))
    every = frozenset(ACTIONS)
    return tuple(Line("god", form, every, access_pb2.ROW_SCOPE_ALL, columns=opened) for form in forms)


def published(policy: Policy, extra: Sequence[Line] = ()) -> bytes:
    """A policy as it is published."""
    return access_pb2.GrantsDocument(
        grants=[
            access_pb2.Grant(
                id=str(place),
                role=line.role,
                form=line.form,
                actions=sorted(line.actions),  # type: ignore[arg-type]  # enum numbers
                scope=line.scope,  # type: ignore[arg-type]  # enum number
                unit_ids=line.units,
                refuse=line.refuse,
                columns=[access_pb2.ColumnRule(column=c, right=r) for c, r in line.columns],  # type: ignore[arg-type]  # enum number
                other_columns=line.other,  # type: ignore[arg-type]  # enum number
            )
            for place, line in enumerate((*policy.lines, *extra))
        ],
        assignments=[
            access_pb2.RoleAssignment(role=held.role, valid_from=held.first, valid_to=held.last, **_holder(held))
            for held in policy.held
        ],
    ).SerializeToString()


def _holder(held: Held) -> dict[str, str]:
    if held.position:
        return {"position": held.position}
    return {"unit_id": held.unit} if held.unit else {"staff_number": held.number}


def branch_papers() -> dict[str, bytes]:
    """Units and people as support publishes them."""
    units = [
        support_pb2.Unit(id=unit, parent_id=parent, kind=KINDS[unit], code=f"U{place}", name=NAMES[unit])  # type: ignore[arg-type]  # enum number
        for place, (unit, parent) in enumerate(PARENTS.items())
    ]
    held = {"organisation.units": support_pb2.UnitsDocument(version=1, units=units).SerializeToString()}
    for who in (*PEOPLE, GOD):
        held[f"person.{who.number}"] = person_pb2.PersonDocument(
            staff_number=who.number,
            name=who.name,
            active=True,
            roles=sorted(who.positions),
            unit_ids=sorted(who.units),
            bureau_ids=sorted(who.bureaus),
            community_ids=sorted(who.communities),
            stands_in_for=[
                person_pb2.StandIn(staff_number=n, valid_from=first, valid_to=last) for n, first, last in who.absent
            ],
        ).SerializeToString()
    return held
