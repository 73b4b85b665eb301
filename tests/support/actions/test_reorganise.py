"""Units: added, renamed, closed; communities move and bureaus merge with people and rules, and others are told."""

from dataclasses import replace

import pytest
from crm.support.v1 import organisation_events_pb2 as pb

from support.actions.create_staff_member import create_staff_member
from support.actions.keep_units import NewUnit, Remaining, create_unit, update_unit
from support.actions.organisation import get_me, list_units
from support.actions.reorganise import preview_reorganisation, reorganise
from support.domain.errors import FieldRefused, TreeChanged, UnitRefused
from support.domain.grants import Action, Scope
from support.domain.policy import Assignment, HolderKind, Role, Rule
from support.domain.reorganisation import Change, Merge, Move
from support.storage import organisation, policies
from support.storage.documents import PERSON, UNITS, versions
from tests.support.branch import ADMIN, TODAY, ZONE
from tests.support.organisation_desk import Desk


def unit(desk: Desk, code: str) -> object:
    return next(each for each in desk.run(list_units, ()) if each.code == code)


def move(desk: Desk) -> Move:
    return Move(desk.units["B01-C01"], desk.units["B02"])


def merge(desk: Desk) -> Merge:
    return Merge(desk.units["B01"], desk.units["B02"])


def reorganised(desk: Desk, change: Change, request_id: str = "q1") -> object:
    _, _, version = desk.run(preview_reorganisation, change, ZONE)
    return desk.run(reorganise, request_id, change, version, ZONE)


def name_bureau_in_rules(desk: Desk) -> None:
    """Lets the policy name the first bureau in a rule and in who holds a role."""
    force = desk.run(policies.in_force)
    assert force is not None
    rule = Rule("x:1", "customer.customer", (Action.SEE,), Scope.UNITS, unit_ids=(desk.units["B01"],))
    held = Assignment(HolderKind.UNIT, desk.units["B01"])
    role = Role("night_watch", "夜班", "Night watch", rules=(rule,), assignments=(held,))
    newer = replace(force, id=str(desk.run(_new_id)), edition=force.edition + 1, roles=(*force.roles, role))
    desk.run(policies.add, newer)


def _new_id(work: object) -> str:
    return work.new_id()  # type: ignore[attr-defined]  # the unit of work


def test_a_community_moves_with_its_people_and_others_are_told(desk: Desk) -> None:
    effect, concerned, version = desk.run(preview_reorganisation, move(desk), ZONE)
    assert (effect.communities, effect.people, concerned) == (1, 1, [desk.units["B01-C01"]])
    before = desk.run(versions)
    assert desk.run(reorganise, "q1", move(desk), version, ZONE) == effect
    me = desk.run(get_me, actor=replace(ADMIN, id="m001"))
    assert me.view is not None
    assert me.view.reach.bureau_ids == (desk.units["B02"],)
    after = desk.run(versions)
    assert (after[PERSON + "m001"], after[UNITS]) == (before[PERSON + "m001"] + 1, before[UNITS] + 1)
    assert desk.history() == [("support.organisation", "parent_id", desk.units["B01"], desk.units["B02"])]
    (event,) = desk.events(pb.UnitsMoved)
    assert [(each.community_id, each.bureau_id) for each in event.communities] == [
        (desk.units["B01-C01"], desk.units["B02"])
    ]
    assert (event.ended_bureau_id, event.by.id, event.by.ip) == ("", "admin", "10.1.1.1")


def test_two_bureaus_become_one_with_people_and_rules(desk: Desk) -> None:
    name_bureau_in_rules(desk)
    effect, concerned, version = desk.run(preview_reorganisation, merge(desk), ZONE)
    assert (effect.communities, effect.people, effect.rules) == (1, 3, 2)
    assert sorted(concerned) == sorted([desk.units["B01-C01"], desk.units["B01"]])
    desk.run(reorganise, "q1", merge(desk), version, ZONE)
    units = {each.code: each for each in desk.run(list_units, ())}
    assert units["B01"].valid_to == TODAY
    assert units["B01-C01"].parent_id == desk.units["B02"]
    people = desk.run(organisation.people_by_number)
    assert (people["c01"].unit_id, people["c01"].version) == (desk.units["B02"], 2)
    # Whoever was in both is in the one that goes on, once.
    assert (people["z01"].unit_id, people["z01"].also) == (desk.units["B02"], ())
    assert people["m001"].version == 1
    (event,) = desk.events(pb.UnitsMoved)
    assert (event.ended_bureau_id, event.into_bureau_id) == (desk.units["B01"], desk.units["B02"])
    force = desk.run(policies.in_force)
    assert force is not None
    (role,) = [role for role in force.roles if role.name == "night_watch"]
    assert role.rules[0].unit_ids == (desk.units["B02"],)
    assert role.assignments == (Assignment(HolderKind.UNIT, desk.units["B02"]),)


def test_the_tree_that_was_previewed_is_the_one_that_is_changed(desk: Desk) -> None:
    _, _, version = desk.run(preview_reorganisation, move(desk), ZONE)
    desk.run(create_unit, "u1", NewUnit("B03", "新局", "bureau", desk.units["BR"], None), ZONE)
    desk.forget()
    with pytest.raises(TreeChanged):
        desk.run(reorganise, "q1", move(desk), version, ZONE)
    assert (desk.history(), desk.events(pb.UnitsMoved)) == ([], [])


def test_the_same_request_again_does_nothing_more(desk: Desk) -> None:
    _, _, version = desk.run(preview_reorganisation, move(desk), ZONE)
    first = desk.run(reorganise, "q1", move(desk), version, ZONE)
    assert desk.run(reorganise, "q1", move(desk), version, ZONE) == first
    assert len(desk.events(pb.UnitsMoved)) == 1


def test_what_cannot_be_moved_is_refused(desk: Desk) -> None:
    units = desk.units
    for change, reason in (
        (Move(units["B01-C01"], units["BR"]), "PARENT_KIND_WRONG"),
        (Move(units["B01-C01"], units["B01"]), "NOTHING_TO_MOVE"),
        (Move(units["BR"], units["B01"]), "PARENT_KIND_WRONG"),
        (Move("x", units["B01"]), "UNIT_UNKNOWN"),
        (Merge(units["B01"], units["B01"]), "MERGE_WITH_ITSELF"),
        (Merge(units["D-NETWORK"], units["B01"]), "NOT_A_BUREAU"),
    ):
        with pytest.raises((FieldRefused, UnitRefused)) as refused:
            desk.run(preview_reorganisation, change, ZONE)
        assert refused.value.reason == reason


def test_a_county_company_stands_where_a_bureau_stands(desk: Desk) -> None:
    county = desk.run(create_unit, "u1", NewUnit("X01", "云县公司", "county", desk.units["BR"], None), ZONE)
    below = desk.run(create_unit, "u2", NewUnit("X01-C01", "云县社区", "community", county.id, None), ZONE)
    desk.run(create_staff_member, "r1", "m900", desk.fields(unit_id=below.id), "{}", ZONE)
    me = desk.run(get_me, actor=replace(ADMIN, id="m900"))
    assert me.view is not None
    assert me.view.reach.bureau_ids == (county.id,)
    effect = reorganised(desk, Merge(county.id, desk.units["B02"]))
    assert (effect.communities, effect.people) == (1, 1)  # type: ignore[attr-defined]  # an Effect


@pytest.mark.parametrize(
    ("code", "kind", "parent", "reason"),
    [
        ("B01", "bureau", "BR", "CODE_TAKEN"),
        ("B 9", "bureau", "BR", "CODE_INVALID"),
        ("B09", "", "BR", "KIND_MISSING"),
        ("B09", "bureau", "B01", "PARENT_KIND_WRONG"),
        ("B09", "community", "", "PARENT_MISSING"),
        ("BR2", "branch", "", "SECOND_BRANCH"),
    ],
)
def test_a_wrong_unit_is_refused(desk: Desk, code: str, kind: str, parent: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        desk.run(create_unit, "u1", NewUnit(code, "新局", kind, desk.units.get(parent, ""), None), ZONE)
    assert refused.value.reason == reason
    assert desk.history() == []


def test_a_unit_is_renamed_closed_and_opened_again(desk: Desk) -> None:
    network = desk.units["D-NETWORK"]
    desk.run(update_unit, network, "网络部", None, Remaining(), ends=False)
    assert desk.run(update_unit, network, None, TODAY, Remaining(), ends=True).valid_to == TODAY
    assert desk.run(update_unit, network, None, None, Remaining(), ends=True).valid_to is None
    assert {row[1:] for row in desk.history()} == {
        ("name", "网络维护部", "网络部"),
        ("valid_to", None, "2026-11-22"),
        ("valid_to", "2026-11-22", None),
    }


def test_a_unit_in_use_is_not_closed(desk: Desk) -> None:
    for code, remaining, counts in (
        ("B01", Remaining(), {"units": "1", "people": "2"}),
        ("B01-C01", Remaining(customers=7), {"people": "1", "customers": "7"}),
        ("D-NETWORK", Remaining(tasks=1), {"tasks": "1"}),
    ):
        with pytest.raises(UnitRefused) as refused:
            desk.run(update_unit, desk.units[code], None, TODAY, remaining, ends=True)
        assert refused.value.reason == "UNIT_IN_USE"
        assert {name: count for name, count in refused.value.data.items() if count != "0"} == counts
    with pytest.raises(UnitRefused) as refused:
        desk.run(update_unit, desk.units["BR"], None, TODAY, Remaining(), ends=True)
    assert refused.value.reason == "BRANCH_STAYS"
