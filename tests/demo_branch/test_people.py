import re
from collections import Counter

from demo_branch.people import staff, units


def test_the_branch_has_its_units_with_parents_first() -> None:
    found = units()
    assert Counter(unit.kind.removeprefix("UNIT_KIND_").lower() for unit in found) == {
        "branch": 1,
        "bureau": 8,
        "community": 60,
        "department": 6,
    }
    seen: set[str] = {""}
    for unit in found:
        assert unit.parent_code in seen
        seen.add(unit.code)
    assert len({unit.name for unit in found}) == 75


def test_everybody_is_there_once_and_can_be_told_apart() -> None:
    found = staff()
    assert Counter(role for person in found for role in person.roles) == {
        "customer_manager": 120,
        "seat_manager": 16,
        "bureau_chief": 8,
        "supervisor": 3,
        "support_staff": 3,
        "administrator": 2,
        "dispatcher": 1,
        "operator": 1,
        "editor": 1,
    }
    assert len({person.number for person in found}) == len({person.phone for person in found}) == 155
    assert all(re.fullmatch(r"154\d{8}", person.phone) for person in found)
    assert {person.unit_code for person in found} <= {unit.code for unit in units()}
    per_unit = Counter(person.unit_code for person in found if person.roles == ("customer_manager",))
    assert set(per_unit.values()) == {2}


def test_they_are_the_same_every_time() -> None:
    assert staff() == staff()
    assert [(person.number, person.name) for person in staff()[:2]] == [("m001", "王敏"), ("m002", "周建平")]
