"""What access costs: rules compiled once a person, then looked up; and masks over a page of rows.

Processor time of one thread, so that what else the machine does hardly counts. `python -m tests.bench.access` runs it alone.
"""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2, person_pb2
from crm.customer.v1 import customer_pb2
from crm.support.v1 import support_pb2

from chassis import masking
from chassis.access import GRANTS_KEY, PERSON_PREFIX, UNITS_KEY, AccessBook, RowColumns
from chassis.declarations import Forms
from chassis.identity import Actor, actor_of
from chassis.rights import RowFacts
from customer.domain.extra import NO_EXTRAS
from customer.rpc.shown import Shown
from customer.storage.tables import customers
from support.domain.grants import default_columns, default_grants
from tests.bench.figures import Figure

FORM, SEE = "customer.customer", access_pb2.ACTION_SEE
UNITS, PEOPLE, ROWS = 320, 500, 50
_ROWS = RowColumns(
    owner=(customers.c.owner_number, customers.c.seat_number),
    community=customers.c.community_id,
    bureau=customers.c.bureau_id,
)
FORMS = Forms((customer_pb2.DESCRIPTOR,))
TODAY = date(2026, 11, 22)


def measure() -> list[Figure]:
    """Answers microseconds: the first call of a person, every further one, and the masks of a list."""
    papers = _papers()
    book = AccessBook(papers, today=lambda: TODAY, sensitive=FORMS.sensitive)
    people = [_person(papers, number) for number in range(PEOPLE)]
    book.allows(people[0], FORM, SEE)  # the rules themselves are read once an edition
    compiling = _each(people[1:], lambda who: book.rights(who))
    one = people[0]
    further = _often(2000, lambda: _decided(book, one))
    conditions = _often(500, lambda: book.rows(one, FORM, SEE, _ROWS))
    return [
        Figure("rules of a person compiled, first call", f"{compiling:,.1f} µs"),
        Figure("a further call: may it, which columns (aim <= 100)", f"{further:,.1f} µs"),
        Figure("a further call: the condition on rows", f"{conditions:,.1f} µs"),
        Figure(f"masks over a list of {ROWS} rows", f"{_masks(book, one):,.1f} µs"),
    ]


def _decided(book: AccessBook, who: Actor) -> None:
    book.allows(who, FORM, SEE)
    book.columns(who, FORM, RowFacts(("m001",), ("m001",), "u7", "u1")).right("phone", sensitive=True)


def _masks(book: AccessBook, who: Actor) -> float:
    columns = book.columns(who, FORM, RowFacts(("m999",), ("m999",), "u7", "u1"))
    assert masking.states(columns, FORMS.by_name[FORM]).masked, "the chief sees telephones masked"
    shown = Shown(book, who, NO_EXTRAS)

    class Row:
        owner_number, seat_number, community_id, bureau_id = "m999", None, "u7", "u1"

    full = customer_pb2.Customer(
        id="c", name="欧阳锋", phone="13800000001", address="云州市翠湖路1号", id_card="620101198005120011"
    )
    lists = [[customer_pb2.Customer.FromString(full.SerializeToString()) for _ in range(ROWS)] for _ in range(100)]
    return _each(lists, lambda page: [shown.customer(each, Row()) for each in page])


def _each(over: list[Any], work: Callable[[Any], object]) -> float:
    began = time.thread_time()
    for one in over:
        work(one)
    return (time.thread_time() - began) / len(over) * 1e6


def _often(times: int, work: Callable[[], object]) -> float:
    return _each(list(range(times)), lambda _: work())


def _papers() -> dict[str, bytes]:
    units = [support_pb2.Unit(id="u0", kind=support_pb2.UNIT_KIND_BRANCH)]
    for n in range(1, UNITS):
        bureau = n <= 20
        kind = support_pb2.UNIT_KIND_BUREAU if bureau else support_pb2.UNIT_KIND_COMMUNITY
        units.append(support_pb2.Unit(id=f"u{n}", kind=kind, parent_id="u0" if bureau else f"u{n % 20 + 1}"))
    grants: dict[tuple[str, str, str], access_pb2.Grant] = {}
    for each in default_grants():
        found = grants.setdefault(
            (each.role, each.form, each.scope),
            access_pb2.Grant(
                id=str(len(grants)), role=each.role, form=each.form,
                scope=access_pb2.RowScope.Value(f"ROW_SCOPE_{each.scope.name}"),
            ),
        )  # fmt: skip
        found.actions.append(access_pb2.Action.Value(f"ACTION_{each.action.name}"))
    for (role, form, scope), columns in default_columns().items():
        for column, right in columns.items():
            grants[role, form, scope].columns.add(
                column=column, right=access_pb2.ColumnRight.Value(f"COLUMN_RIGHT_{right.name}")
            )
    return {
        GRANTS_KEY: access_pb2.GrantsDocument(grants=grants.values()).SerializeToString(),
        UNITS_KEY: support_pb2.UnitsDocument(units=units).SerializeToString(),
    }


def _person(papers: dict[str, bytes], number: int) -> Actor:
    person = person_pb2.PersonDocument(
        staff_number=f"m{number:03d}", name="某人", active=True, roles=["bureau_chief", "customer_manager"],
        bureau_ids=["u1"], community_ids=["u21"], unit_ids=["u1"],
    )  # fmt: skip
    papers[PERSON_PREFIX + person.staff_number] = person.SerializeToString()
    return actor_of(person.staff_number, person)


if __name__ == "__main__":
    for figure in measure():
        print(figure.row())
