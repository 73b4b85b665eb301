from collections.abc import Callable

import pytest
from crm.common.v1 import access_pb2, person_pb2
from sqlalchemy import insert, select

from chassis.access import GRANTS_KEY, AccessBook, RowColumns
from chassis.identity import Actor
from chassis.ids import new_id
from tests.chassis import toy

SEE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE


class Held(dict[str, bytes]):
    """Documents in memory."""


def grants(*rows: tuple[str, int, int]) -> bytes:
    return access_pb2.GrantsDocument(
        grants=[access_pb2.Grant(role=r, form="toy.note", actions=[a], scope=s) for r, a, s in rows]  # type: ignore[list-item]  # enum numbers
    ).SerializeToString()


BOOK = AccessBook(
    Held(
        {
            GRANTS_KEY: grants(
                ("writer", SEE, access_pb2.ROW_SCOPE_OWN),
                ("chief", SEE, access_pb2.ROW_SCOPE_BUREAU),
                ("auditor", SEE, access_pb2.ROW_SCOPE_ALL),
                ("walker", SEE, access_pb2.ROW_SCOPE_COMMUNITY),
            ),
            "person.m001": person_pb2.PersonDocument(name="Ann", active=True).SerializeToString(),
        }
    )
)
COLUMNS = RowColumns(owner=(toy.notes.c.owner,), bureau=toy.notes.c.bureau)
ROWS = [("own", "m001", "b1"), ("near", "m002", "b1"), ("far", "m003", "b2"), ("nobody's", None, None)]


def person(*roles: str, active: bool = True, bureaus: tuple[str, ...] = ("b1",)) -> Actor:
    return Actor("person", "m001", "Ann", frozenset(roles), bureau_ids=frozenset(bureaus), active=active)


@pytest.mark.parametrize(
    ("actor", "texts"),
    [
        (person("writer"), {"own"}),
        (person("chief"), {"own", "near"}),
        (person("writer", "chief", bureaus=("b2",)), {"own", "far"}),
        (person("chief", bureaus=()), set[str]()),
        (person("auditor"), {"own", "near", "far", "nobody's"}),
        (person("walker"), set[str]()),
        (person("stranger"), set[str]()),
        (person("auditor", active=False), set[str]()),
    ],
)
def test_a_list_holds_what_a_single_look_allows(
    actor: Actor, texts: set[str], fresh_database: Callable[..., str]
) -> None:
    database = toy.open_database(fresh_database(toy.metadata), BOOK)
    with database.engine.begin() as connection:
        for text, owner, bureau in ROWS:
            values = {"id": new_id(), "text": text, "owner": owner, "bureau": bureau}
            connection.execute(insert(toy.notes).values(version=1, **values))
        found = connection.execute(select(toy.notes.c.text).where(BOOK.rows(actor, "toy.note", SEE, COLUMNS))).scalars()
        assert set(found) == texts
    database.close()
    one_by_one = {
        text
        for text, owner, bureau in ROWS
        if BOOK.sees(actor, "toy.note", SEE, owners=[owner or ""], bureau=bureau or "")
    }
    assert one_by_one == texts


def test_another_action_or_form_is_not_granted() -> None:
    assert BOOK.allows(person("auditor"), "toy.note", SEE)
    assert not BOOK.allows(person("auditor"), "toy.note", CHANGE)
    assert not BOOK.allows(person("auditor"), "toy.other", SEE)


def test_a_new_version_of_the_rules_bites_at_once() -> None:
    held = Held({GRANTS_KEY: grants(("writer", SEE, access_pb2.ROW_SCOPE_OWN))})
    book = AccessBook(held)
    assert book.allows(person("writer"), "toy.note", SEE)
    held[GRANTS_KEY] = grants(("chief", SEE, access_pb2.ROW_SCOPE_ALL))
    assert not book.allows(person("writer"), "toy.note", SEE)


def test_without_published_rules_nobody_may_do_anything() -> None:
    assert not AccessBook().known()
    assert not AccessBook().allows(person("auditor"), "toy.note", SEE)


def test_a_name_is_the_persons_or_else_the_number() -> None:
    assert BOOK.name_of("m001") == "Ann"
    assert BOOK.name_of("m999") == "m999"
    assert BOOK.name_of("") == ""
