"""The distinctive rows of support: who and what is in the branch, and what rules go by of it."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crm.common.v1 import access_pb2
from sqlalchemy import delete, func, insert, select, update

from chassis.database import Unit
from support.actions.audit import set_subnets
from support.actions.chain_audit import chain_audit
from support.actions.product_policy import follow_product
from support.domain.audit import AuditKind, AuditNote
from support.domain.grants import Action, Right, Scope
from support.domain.policy import Assignment, HolderKind, Role, Rule, to_text
from support.storage import access_tables, organisation_tables, parameters_tables, tables
from support.storage.audit_queue import queue
from support.storage.schema import plumbing
from tests.leaks.policies import GOD, HELD, KINDS, NAMES, PEOPLE
from tests.leaks.reading import B1, B2, BR, C1, C2, C3, DEP, PARENTS, TODAY, Line, Place
from tests.support.branch import ZONE

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
KIND_WORDS = {1: "branch", 2: "bureau", 3: "community", 4: "department", 5: "county"}
HOMES = {"m001": C1, "m002": C3, "z01": B1, "c01": B1, "d01": DEP, "b01": BR, "god": BR}
# More staff, who call nobody: where they belong, and how they stand.
OTHERS = (
    ("s1", "冯程", C2, "active"),
    ("s2", "褚卫", C3, "active"),
    ("s3", "蒋沈", B2, "active"),
    ("s4", "韩杨", DEP, "suspended"),
    ("s5", "朱秦", C1, "left"),
)
DONE = (AuditKind.SIGN_IN, AuditKind.RECORD_VIEW, AuditKind.RECORD_VIEW, AuditKind.SIGN_IN_FAILED)
"""What everybody did once, in this order."""
_NUMBERS: dict[str, tuple[Any, ...]] = {"pairs": (("z01", "m001"), ("z01", "s2"), ("c01", "m002"), ("s3", "s1"))}


def bureau_of(unit: str) -> str:
    """The bureau a unit lies in; a unit without one stands for itself, and the branch lies nowhere."""
    return unit if unit in (B1, B2) else PARENTS.get(unit, "")


def unit_place(unit: str) -> Place:
    """What rules go by of a unit."""
    return Place(frozenset(), frozenset(), unit, bureau_of(unit))


def place_of(number: str, unit: str) -> Place:
    """What rules go by of somebody who belongs to a unit."""
    return Place(frozenset({number}), frozenset({number}), unit, bureau_of(unit))


def fill(work: Unit) -> None:
    """Units, people, pairs, stand-ins, sign-ins, audit, disclosures, approvals, days and parameters; ids follow from places."""
    add = work.session.execute
    add(
        insert(tables.units),
        [
            {"id": u, "code": f"U{n}", "name": NAMES[u], "kind": KIND_WORDS[KINDS[u]], "parent_id": p or None, "valid_from": TODAY}
            for n, (u, p) in enumerate(PARENTS.items())
        ],
    )  # fmt: skip
    staff = [(who.number, who.name, HOMES[who.number], "active") for who in (*PEOPLE, GOD)] + list(OTHERS)
    for n, (number, name, unit, state) in enumerate(staff):
        person = _id("1", n)
        add(
            insert(tables.people).values(
                id=person, staff_number=number, name=name, phone=f"1391700{n:04d}", unit_id=unit, version=1,
                active=state == "active", valid_from=date(2020, 1, n + 1), state=state, readings=number,
            )
        )  # fmt: skip
        who = next((one for one in (*PEOPLE, GOD) if one.number == number), None)
        add(insert(tables.person_roles), [{"person_id": person, "role": r} for r in (who.positions if who else ["watcher"])])  # fmt: skip
        also = sorted((who.units - {unit}) if who else ())
        if also:
            add(insert(tables.person_units), [{"person_id": person, "unit_id": u} for u in also])
    follow_product(work)
    for n, (seat, manager) in enumerate(_NUMBERS["pairs"]):
        add(insert(organisation_tables.pairs).values(id=_id("2", n), seat_number=seat, manager_number=manager, valid_from=TODAY))  # fmt: skip
    absences = [(absent, who.number, first, last) for who in PEOPLE for absent, first, last in who.absent]
    for n, (absent, stand_in, first, last) in enumerate([*absences, ("s1", "s3", "2026-12-01", "2026-12-09")]):
        add(
            insert(organisation_tables.stand_ins).values(
                id=_id("3", n), absent_number=absent, stand_in_number=stand_in, cancelled=False,
                valid_from=date.fromisoformat(first), valid_to=date.fromisoformat(last),
            )
        )  # fmt: skip
    _fill_traces(work, [number for number, *_ in staff])
    _fill_settings(work)


def _fill_traces(work: Unit, numbers: Iterable[str]) -> None:
    add = work.session.execute
    # Two people share each place.
    set_subnets(work, [(f"10.0.0.{n}/31", f"楼{n}") for n in range(0, 16, 2)])
    for n, number in enumerate(numbers):
        at = MORNING - timedelta(hours=n + 1)
        add(
            insert(tables.sign_ins).values(
                id=f"stay-{n}", staff_number=number, name=f"登{n}", ip=f"10.0.0.{n}", user_agent=f"Browser {n}", signed_in_at=at,
                signed_out_at=at + timedelta(minutes=n + 1), ended_by=("logout", "idle")[n % 2],
            )
        )  # fmt: skip
        for m, kind in enumerate(DONE):
            record = {"form": "customer.customer", "record_id": f"r{n}-{m}"} if kind is AuditKind.RECORD_VIEW else {}
            queue(
                work,
                AuditNote(
                    kind,
                    number,
                    at,
                    name=f"记{n}",
                    ip=f"10.0.0.{n}",
                    device=f"Device {n}",
                    detail=f"详{n}-{m}",
                    **record,
                ),
            )
        home = HOMES.get(number) or next(unit for other, _, unit, _ in OTHERS if other == number)
        place = {"bureau_id": bureau_of(home) or None, "community_id": home}
        add(
            insert(access_tables.disclosures).values(
                id=_id("4", n), kind=("unmask", "unmask", "export")[n % 3], staff_number=number, name=f"看{n}",
                form="customer.customer", record_id=f"d{n}", record_label=f"标{n}", column_path=f"column{n}", reason=f"事由{n}",
                disclosed_at=at, row_count=n + 1, ip=f"10.0.1.{n}", **place,
            )
        )  # fmt: skip
        kind = ("policy", "export")[n % 2]
        add(
            insert(access_tables.approvals).values(
                id=_id("5", n), kind=kind, subject_id=_id("6", n), form="customer.customer", requested_by=number,
                summary=json.dumps({"form": "customer.customer", "rows": 9, "reason": "月度核对", "label": "", "ip": ""}),
                requested_name=number, requested_at=at, state="waiting", **place,
            )
        )  # fmt: skip
    while chain_audit(work, ZONE)[0]:
        pass


def _fill_settings(work: Unit) -> None:
    for n, unit in enumerate((None, B1, B2, C1, C2, C3)):
        work.session.execute(
            insert(parameters_tables.parameter_values).values(
                id=_id("7", n), param_key="toy.limit", unit_id=unit, effective_from=date(2026, 1, 1), value_json=str(20 + n),
                set_by="god", set_at=MORNING,
            )
        )  # fmt: skip
        if unit in (B1, B2):
            work.session.execute(
                insert(parameters_tables.unit_days).values(
                    unit_id=unit, day=date(2026, 6, n + 1), year=2026, working=False, holiday_start=False, make_up=False,
                    holiday_zh=f"局庆{n}",
                )
            )  # fmt: skip


def _id(kind: str, n: int) -> str:
    return f"0190b000-0000-7000-8000-{kind}{n:011d}"


def keep_policy(work: Unit, lines: tuple[Line, ...]) -> None:
    roles: dict[str, list[Rule]] = {}
    for n, line in enumerate(lines):
        roles.setdefault(line.role, []).append(
            Rule(
                id=str(n), form=line.form, scope=Scope(_word(access_pb2.RowScope, line.scope)), unit_ids=line.units,
                actions=tuple(Action(_word(access_pb2.Action, a)) for a in sorted(line.actions)), refuse=line.refuse,
                columns=tuple((c, Right(_word(access_pb2.ColumnRight, r))) for c, r in line.columns),
                other_columns=Right(_word(access_pb2.ColumnRight, line.other)) if line.other else None,
            )
        )  # fmt: skip
    held: dict[str, list[Assignment]] = {}
    for each in HELD:
        kind = HolderKind.POSITION if each.position else HolderKind.UNIT if each.unit else HolderKind.PERSON
        held.setdefault(each.role, []).append(
            Assignment(kind, each.position or each.unit or each.number, each.first, each.last)
        )
    kept = [
        Role(name, name, name, rules=tuple(roles.get(name, ())), assignments=tuple(held.get(name, ())))
        for name in sorted({*roles, *held})
    ]
    newest = select(func.max(access_tables.policies.c.edition)).scalar_subquery()
    work.session.execute(
        update(access_tables.policies).where(access_tables.policies.c.edition == newest).values(roles=to_text(tuple(kept)))
    )  # fmt: skip


def _word(enum: Any, number: int) -> str:
    prefix = {"Action": "ACTION_", "RowScope": "ROW_SCOPE_", "ColumnRight": "COLUMN_RIGHT_"}[enum.DESCRIPTOR.name]
    return str(enum.Name(number)).removeprefix(prefix).lower()


def remove_person(work: Unit, number: str) -> None:
    """Takes somebody away whom a call has added."""
    person = select(tables.people.c.id).where(tables.people.c.staff_number == number).scalar_subquery()
    for table in (tables.person_roles, tables.person_units):
        work.session.execute(delete(table).where(table.c.person_id == person))
    work.session.execute(delete(plumbing.changes).where(plumbing.changes.c.record_id == person))
    work.session.execute(delete(tables.people).where(tables.people.c.staff_number == number))
