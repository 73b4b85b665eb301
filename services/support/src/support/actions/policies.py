"""Policies: asked for, drafted, handed in, put in force."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Unit as Work
from chassis.paging import Page
from support.actions.newest_rules import Frame, known
from support.domain.access_errors import DraftChanged, DraftExists, PolicyMoved, PolicyUnchanged, PolicyUnknown
from support.domain.approval import Approval, ApprovalKind
from support.domain.policy import Policy, PolicyState, Roles, default_roles, followed
from support.domain.policy_check import (
    ROLE_FORM,
    check_administrator_left,
    check_note,
    check_policy,
    settled,
)
from support.domain.policy_difference import Difference, compare
from support.storage import approvals, documents, policies

DRAFT, TEMPLATE = "draft", "template"


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy and whether it is the one in force."""

    policy: Policy
    in_force: bool


def get_policy(work: Work, policy_id: str) -> PolicyView:
    """Answer the policy in force, a version, or the caller's draft."""
    found = find_policy(work, policy_id)
    return PolicyView(found, _is_in_force(found, policies.newest_edition(work)))


def list_policy_versions(work: Work, page: Page) -> tuple[list[PolicyView], bool, int | None]:
    """Answer a page of versions, whether more follow, and the total when wanted."""
    found, total = policies.list_versions(work, page)
    newest = policies.newest_edition(work)
    views = [PolicyView(policy, _is_in_force(policy, newest)) for policy in found[: page.size]]
    return views, len(found) > page.size, total


def compare_policies(work: Work, from_id: str, to_id: str, frame: Frame) -> list[Difference]:
    """Answer what differs between two policies; `template` is the product's own."""
    before, after = (
        default_roles() if each == TEMPLATE else find_policy(work, each).roles for each in (from_id, to_id)
    )
    return compare(before, after, frame.sensitive_columns())


def save_policy_draft(work: Work, version: int, roles: Roles, note: str, frame: Frame) -> PolicyView:
    """Keep the caller's draft; refused when anything in it is unknown, or when it was saved since the caller read it."""
    check_note(note)
    product = default_roles()
    wanted = settled(roles, product, work.new_id)
    check(work, wanted, frame)
    draft = policies.draft_of(work, work.actor.id)
    if (draft.version if draft else 0) != version:
        raise _changed(draft)
    saved = Policy(
        id=draft.id if draft else work.new_id(),
        state=PolicyState.DRAFT,
        author=work.actor.id,
        at=work.now(),
        version=version + 1,
        base=policies.newest_edition(work),
        note=note.strip(),
        roles=wanted,
        product=product,
    )
    if draft is None:
        policies.add(work, saved)
    elif not policies.change(work, saved, version):
        raise _changed(draft)
    return PolicyView(saved, in_force=False)


def discard_policy_draft(work: Work) -> None:
    """Throw the caller's draft away; without one there is nothing to do."""
    draft = policies.draft_of(work, work.actor.id)
    if draft is not None:
        policies.remove(work, draft.id)


def restore_policy(work: Work, policy_id: str) -> PolicyView:
    """Make a draft of a version, with the rules that releases of the product brought since."""
    draft = policies.draft_of(work, work.actor.id)
    if draft is not None:
        raise DraftExists(form=ROLE_FORM, id=draft.id)
    old = find_policy(work, policy_id)
    product = default_roles()
    made = Policy(
        id=work.new_id(),
        state=PolicyState.DRAFT,
        author=work.actor.id,
        at=work.now(),
        base=policies.newest_edition(work),
        note=old.note,
        roles=settled(followed(old.roles, old.product, product), product, work.new_id),
        product=product,
    )
    policies.add(work, made)
    work.trace(ROLE_FORM, made.id, "restored_from", None, str(old.edition or old.id))
    return PolicyView(made, in_force=False)


def submit_policy(work: Work, version: int, frame: Frame) -> PolicyView:
    """Hand the caller's draft in: it waits for a second administrator, or takes effect where the branch switched that off."""
    draft = policies.draft_of(work, work.actor.id)
    if draft is None:
        raise PolicyUnknown(form=ROLE_FORM, id=DRAFT)
    if draft.version != version:
        raise _changed(draft)
    differences = ready(work, draft, frame)
    if not frame.limits(()).second_administrator:
        return PolicyView(publish(work, draft, differences), in_force=True)
    waiting = replace(draft, state=PolicyState.SUBMITTED, version=version + 1, at=work.now())
    _write(work, waiting, version)
    work.trace(ROLE_FORM, draft.id, "state", str(draft.state), str(waiting.state))
    approvals.add(
        work,
        Approval(
            id=work.new_id(),
            kind=ApprovalKind.POLICY,
            subject_id=draft.id,
            form=ROLE_FORM,
            summary=_summary(draft.note, differences),
            requested_by=work.actor.id,
            requested_name=work.actor.name,
            requested_at=work.now(),
        ),
    )
    return PolicyView(waiting, in_force=False)


def ready(work: Work, policy: Policy, frame: Frame) -> list[Difference]:
    """Answer what a policy would change; refused when it cannot take effect as things are now."""
    force = policies.in_force(work)
    if force is None or policy.base != force.edition:
        # What somebody else put in force meanwhile would be lost without anybody having looked at it.
        raise PolicyMoved(form=ROLE_FORM, edition=str(force.edition if force else 0))
    check(work, policy.roles, frame)
    differences = compare(force.roles, policy.roles, frame.sensitive_columns())
    if not differences:
        raise PolicyUnchanged(form=ROLE_FORM)
    return differences


def publish(work: Work, policy: Policy, differences: Iterable[Difference], approver: str = "") -> Policy:
    """Put a kept policy in force as the next edition, with what it changes in the history."""
    published = replace(
        policy,
        state=PolicyState.PUBLISHED,
        # Not the newest plus one: another that took effect since `ready` looked would be passed over. So the key is taken.
        edition=policy.base + 1,
        version=policy.version + 1,
        approver=approver,
        at=work.now(),
    )
    _write(work, published, policy.version)
    work.trace(ROLE_FORM, policy.id, "state", str(policy.state), str(published.state))
    announce(work, published.id, differences)
    return published


def announce(work: Work, policy_id: str, differences: Iterable[Difference], cause: str = "") -> None:
    """Let the document of the rules go out, and note in the history what differs."""
    for each in differences:
        place = "/".join(part for part in (each.role, each.form, each.what, each.item) if part)
        work.trace(ROLE_FORM, policy_id, place[:120], each.old, each.new, cause=cause)
    documents.mark_changed(work, [documents.GRANTS])


def refuse(work: Work, policy: Policy) -> None:
    """Note that a second administrator refused a policy; its author may make a draft of it again."""
    refused = replace(policy, state=PolicyState.REFUSED, version=policy.version + 1, at=work.now())
    _write(work, refused, policy.version)
    work.trace(ROLE_FORM, policy.id, "state", str(policy.state), str(refused.state))


def check(work: Work, roles: Roles, frame: Frame) -> None:
    """Refuse roles that name anything unknown, or leave nobody able to change them."""
    surroundings = known(work, frame)
    check_policy(roles, surroundings)
    check_administrator_left(roles, surroundings, second=frame.limits(()).second_administrator)


def find_policy(work: Work, policy_id: str) -> Policy:
    """Answer a policy by what it is asked for; somebody else's draft is nobody's business."""
    if not policy_id:
        found = policies.in_force(work)
    elif policy_id == DRAFT:
        found = policies.draft_of(work, work.actor.id)
    else:
        found = policies.by_id(work, policy_id) if is_id(policy_id) else None
        if found is not None and found.state == PolicyState.DRAFT and found.author != work.actor.id:
            found = None
    if found is None or found.state == PolicyState.CARRIED:
        raise PolicyUnknown(form=ROLE_FORM, id=policy_id[:64])
    return found


def _is_in_force(policy: Policy, newest: int) -> bool:
    return policy.state == PolicyState.PUBLISHED and policy.edition == newest


def _write(work: Work, policy: Policy, seen: int) -> None:
    if not policies.change(work, policy, seen):
        raise _changed(policy)


def _changed(draft: Policy | None) -> DraftChanged:
    return DraftChanged(form=ROLE_FORM, id=draft.id if draft else DRAFT, version=str(draft.version if draft else 0))


def _summary(note: str, differences: Collection[Difference]) -> str:
    told: list[Mapping[str, object]] = [
        {"role": each.role, "form": each.form, "what": each.what, "item": each.item}
        | {"old_value": each.old, "new_value": each.new, "widens": each.widens}
        for each in differences
    ]
    return json.dumps(
        {"note": note, "widens": sum(each.widens for each in differences), "differences": told}, ensure_ascii=False
    )


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a row."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
