"""Policies as drafts and as versions: whose they are, what is refused in them, what comes back."""

from dataclasses import replace

from chassis.database import Database
from chassis.paging import Page
from support.actions.approvals import decide_approval
from support.actions.policies import (
    compare_policies,
    discard_policy_draft,
    get_policy,
    list_policy_versions,
    restore_policy,
    save_policy_draft,
    submit_policy,
)
from support.domain.grants import Action, Scope
from support.domain.policy import Assignment, HolderKind, Role, Roles, Rule, default_roles
from tests.support.access_branch import suspend
from tests.support.policy_desk import (
    ADMIN,
    ALONE,
    FRAME,
    NEW_ROLE,
    SECOND,
    approval_of,
    counts,
    document,
    drafted,
    refused,
    submitted,
    wanted,
)


def test_a_draft_is_its_authors_alone_and_is_saved_again_from_what_they_saw(branch: Database) -> None:
    first = drafted(branch, NEW_ROLE)
    assert (first.policy.state, first.policy.version, first.policy.base, first.in_force) == ("draft", 1, 1, False)
    assert first.policy.roles[-1].rules[0].id
    again = drafted(branch, replace(NEW_ROLE, title_en="Guest"), version=1)
    assert (again.policy.id, again.policy.version) == (first.policy.id, 2)
    assert branch.run_sync(ADMIN, get_policy, "draft").policy == again.policy
    assert refused(branch, ADMIN, save_policy_draft, 1, wanted(), "", FRAME)[0] == "STALE_VERSION"
    assert refused(branch, SECOND, get_policy, "draft")[0] == "NOT_FOUND"
    assert refused(branch, SECOND, get_policy, first.policy.id)[0] == "NOT_FOUND"
    assert drafted(branch, who=SECOND).policy.id != first.policy.id
    branch.run_sync(ADMIN, discard_policy_draft)
    branch.run_sync(ADMIN, discard_policy_draft)
    assert refused(branch, ADMIN, get_policy, "draft")[0] == "NOT_FOUND"
    assert refused(branch, ADMIN, submit_policy, 1, FRAME)[0] == "NOT_FOUND"
    assert document(branch).version == 1


def test_what_is_wrong_in_a_draft_is_refused_by_its_place_and_nothing_is_kept(branch: Database) -> None:
    before = counts(branch)
    wrong = replace(NEW_ROLE, rules=(replace(NEW_ROLE.rules[0], unit_ids=("nowhere",)),))
    reason, data = refused(branch, ADMIN, save_policy_draft, 0, wanted(wrong), "", FRAME)
    place = len(default_roles())
    assert (reason, data["field"]) == ("UNIT_UNKNOWN", f"roles[{place}].rules[0].unit_ids[0]")
    gone = replace(NEW_ROLE, assignments=(Assignment(HolderKind.PERSON, "m999"),))
    assert refused(branch, ADMIN, save_policy_draft, 0, wanted(gone), "", FRAME)[0] == "HOLDER_UNKNOWN"
    assert counts(branch) == before


def without_administrators() -> Roles:
    return tuple(replace(role, rules=()) if role.name == "administrator" else role for role in default_roles())


def test_a_policy_that_leaves_nobody_to_change_roles_is_refused(branch: Database) -> None:
    save = (save_policy_draft, 0, without_administrators(), "", FRAME)
    assert refused(branch, ADMIN, *save)[0] == "LAST_ADMINISTRATOR"
    # Somebody else may do it instead, as long as they work here.
    heir = Role(
        "heir", "继任", "Heir", rules=(Rule("", "support.role", (Action.SEE, Action.CHANGE, Action.APPROVE), Scope.ALL),),
        assignments=(Assignment(HolderKind.PERSON, "m001"),),
    )  # fmt: skip
    kept = branch.run_sync(ADMIN, save_policy_draft, 0, (*without_administrators(), heir), "", FRAME)
    branch.run_sync(ADMIN, suspend, "m001")
    assert refused(branch, ADMIN, submit_policy, kept.policy.version, FRAME)[0] == "LAST_ADMINISTRATOR"


def test_a_draft_that_changes_nothing_is_not_handed_in(branch: Database) -> None:
    draft = drafted(branch)
    assert refused(branch, ADMIN, submit_policy, draft.policy.version, FRAME)[0] == "POLICY_UNCHANGED"


def test_a_small_branch_does_without_a_second_administrator(branch: Database) -> None:
    view = submitted(branch, limits=ALONE)
    assert (view.policy.state, view.policy.edition, view.policy.approver, view.in_force) == ("published", 2, "", True)
    assert document(branch).version == 2
    assert counts(branch)[1] == 0


def test_what_another_put_in_force_meanwhile_is_not_overwritten(branch: Database) -> None:
    mine = submitted(branch)
    theirs = drafted(branch, replace(NEW_ROLE, name="other"), who=SECOND)
    branch.run_sync(SECOND, decide_approval, approval_of(branch, mine), True, "", FRAME)
    assert refused(branch, SECOND, submit_policy, theirs.policy.version, FRAME)[0] == "POLICY_MOVED"
    again = drafted(branch, NEW_ROLE, replace(NEW_ROLE, name="other"), who=SECOND, version=1)
    assert branch.run_sync(SECOND, submit_policy, again.policy.version, FRAME).policy.state == "submitted"


def test_every_version_is_kept_and_comes_back_as_a_draft(branch: Database) -> None:
    first = branch.run_sync(ADMIN, get_policy, "").policy
    second = submitted(branch, limits=ALONE).policy
    listed, more, total = branch.run_sync(ADMIN, list_policy_versions, Page(size=1, with_total=True))
    assert ([view.policy.edition for view in listed], more, total) == ([2], True, 2)
    older, more, _ = branch.run_sync(ADMIN, list_policy_versions, Page(size=1, after=("2",)))
    assert ([view.policy.edition for view in older], more, older[0].in_force) == ([1], False, False)
    assert older[0].policy.roles == ()
    back = branch.run_sync(SECOND, restore_policy, first.id)
    assert (back.policy.state, back.policy.roles, back.policy.base) == ("draft", first.roles, 2)
    assert refused(branch, SECOND, restore_policy, first.id) == (
        "DRAFT_EXISTS",
        {"form": "support.role", "id": back.policy.id},
    )
    told = branch.run_sync(SECOND, compare_policies, "", "draft", FRAME)
    assert {(each.what, each.widens) for each in told} == {
        ("ROLE", False), ("ASSIGNMENT", False), ("ACTION", False), ("COLUMN", False),
    }  # fmt: skip
    third = branch.run_sync(SECOND, submit_policy, 1, ALONE).policy
    assert (third.edition, document(branch).version) == (3, 3)
    assert branch.run_sync(ADMIN, get_policy, second.id).policy.roles == second.roles
    assert [grant for grant in document(branch).grants if grant.role == "visitor"] == []
    assert branch.run_sync(ADMIN, compare_policies, "template", "", FRAME) == []
    assert any(each.widens for each in branch.run_sync(ADMIN, compare_policies, first.id, second.id, FRAME))
