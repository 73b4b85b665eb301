"""What waits for a second person: who may decide it, also for an absent colleague, and deciding it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crm.common.v1 import access_pb2
from sqlalchemy import ColumnElement, and_, false, or_

from chassis.access import RowColumns
from chassis.database import Unit as Work
from chassis.identity import Actor
from chassis.paging import Page
from support.actions import policies as policy_actions
from support.actions.disclosures import approved_export
from support.actions.newest_rules import Frame, Newest, newest
from support.actions.parameters import take_agreed
from support.domain.access_errors import AlreadyDecided, ApprovalUnknown, OwnApproval, PolicyUnknown
from support.domain.approval import Approval, ApprovalDecided, ApprovalKind, ApprovalState
from support.domain.errors import FieldRefused
from support.domain.policy_check import ROLE_FORM
from support.storage import approvals, policies
from support.storage.access_tables import approvals as table

EXPORT_FORM = "support.export"
_APPROVE = access_pb2.ACTION_APPROVE
# What guards permissions is decided by whoever decides permissions.
_FORMS = {
    ApprovalKind.POLICY: ROLE_FORM,
    ApprovalKind.EXPORT: EXPORT_FORM,
    ApprovalKind.PARAMETER: ROLE_FORM,
}
_LONGEST_REMARK = 1000


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """An approval as the caller has it: theirs to decide or not, and for whom."""

    approval: Approval
    mine_to_decide: bool
    standing_in_for: str


def list_approvals(
    work: Work, state: ApprovalState | None, page: Page, frame: Frame
) -> tuple[list[ApprovalView], bool, int | None]:
    """Answer a page of what the caller asked for or may decide, whether more follow, and the total when wanted."""
    rules, deciders = _deciders(work, frame)
    within = or_(
        table.c.requested_by == work.actor.id,
        table.c.decided_by == work.actor.id,
        *(_decidable(rules, work.actor, each) for each in deciders),
    )
    found, total = approvals.list_approvals(work, within, state, page)
    views = [_view(work, rules, deciders, approval) for approval in found[: page.size]]
    return views, len(found) > page.size, total


def decide_approval(work: Work, approval_id: str, approve: bool, remark: str, frame: Frame) -> ApprovalView:
    """Agree to or refuse what somebody else asked for; what it was about takes effect in the same transaction."""
    said = remark.strip()
    if not approve and not said:
        raise FieldRefused("comment", "COMMENT_MISSING")
    if len(said) > _LONGEST_REMARK:
        raise FieldRefused("comment", "TEXT_TOO_LONG", maximum=str(_LONGEST_REMARK))
    approval = approvals.by_id(work, approval_id, lock=True) if policy_actions.is_id(approval_id) else None
    if approval is None:
        raise ApprovalUnknown(form="support.approval", id=approval_id[:64])
    standing_in_for = _may_decide(work, approval, frame)
    if approval.state != ApprovalState.WAITING:
        raise AlreadyDecided(id=approval.id, state=str(approval.state), by=approval.decided_by)
    decided = replace(
        approval,
        state=ApprovalState.APPROVED if approve else ApprovalState.REFUSED,
        decided_by=work.actor.id,
        decided_for=standing_in_for,
        decided_at=work.now(),
        remark=said,
    )
    _take_effect(work, decided, frame)
    approvals.decide(work, decided)
    work.trace(
        _FORMS[approval.kind], approval.subject_id, "approval", str(approval.state), str(decided.state), said[:64]
    )
    work.record(ApprovalDecided(decided, work.actor.name))
    return ApprovalView(decided, mine_to_decide=False, standing_in_for=standing_in_for)


def _take_effect(work: Work, decided: Approval, frame: Frame) -> None:
    approved = decided.state == ApprovalState.APPROVED
    if decided.kind == ApprovalKind.EXPORT:
        if approved:
            approved_export(work, decided.requested_by, decided.subject_id, json.loads(decided.summary), frame)
        return
    if decided.kind == ApprovalKind.PARAMETER:
        if approved:
            take_agreed(work, decided, frame.today(work))
        return
    policy = policies.by_id(work, decided.subject_id)
    if policy is None:
        raise PolicyUnknown(form=ROLE_FORM, id=decided.subject_id)
    if approved:
        differences = policy_actions.ready(work, policy, frame)
        policy_actions.publish(work, policy, differences, approver=work.actor.id)
    else:
        policy_actions.refuse(work, policy)


def _may_decide(work: Work, approval: Approval, frame: Frame) -> str:
    """Answer for whom the caller decides, empty for themselves; refused when it is not theirs."""
    if approval.requested_by == work.actor.id:
        raise OwnApproval(id=approval.id)
    rules, deciders = _deciders(work, frame)
    found = _decider(work, rules, deciders, approval)
    if found is None:
        raise ApprovalUnknown(form="support.approval", id=approval.id)
    return _standing_in_for(work, found)


def _view(work: Work, rules: Newest, deciders: list[Actor], approval: Approval) -> ApprovalView:
    found = _decider(work, rules, deciders, approval)
    waiting = approval.state == ApprovalState.WAITING
    return ApprovalView(
        approval,
        mine_to_decide=waiting and found is not None,
        standing_in_for=_standing_in_for(work, found) if waiting and found else approval.decided_for,
    )


def _standing_in_for(work: Work, decider: Actor) -> str:
    return "" if decider.id == work.actor.id else decider.id


def _deciders(work: Work, frame: Frame) -> tuple[Newest, list[Actor]]:
    """Answer the newest rules, the caller, and the absent colleagues the caller stands in for."""
    me = work.actor
    absent = approvals.absent_today(work, me.id, frame.today(work))
    rules = newest(work, frame, [me.id, *absent])
    # Somebody the branch has no record of yet is what their token says: the first administrator.
    found = [rules.actor(me.id) or me]
    if found[0].active:
        found += [actor for number in absent if (actor := rules.actor(number)) is not None]
    return rules, found


def _decider(work: Work, rules: Newest, deciders: list[Actor], approval: Approval) -> Actor | None:
    """Answer by whose right the caller may decide; nobody decides what they asked for, nor a stand-in for who asked."""
    if approval.requested_by == work.actor.id:
        return None
    return next((each for each in deciders if _reaches(rules, each, approval)), None)


def _reaches(rules: Newest, decider: Actor, approval: Approval) -> bool:
    return decider.id != approval.requested_by and rules.book.sees(
        decider,
        _FORMS[approval.kind],
        _APPROVE,
        owners=(approval.requested_by,),
        community=approval.community_id,
        bureau=approval.bureau_id,
    )


def _decidable(rules: Newest, me: Actor, decider: Actor) -> ColumnElement[bool]:
    columns = RowColumns(owner=(table.c.requested_by,), community=table.c.community_id, bureau=table.c.bureau_id)
    kinds: Iterator[ColumnElement[bool]] = (
        and_(table.c.kind == str(kind), rules.book.rows(decider, form, _APPROVE, columns))
        for kind, form in _FORMS.items()
    )
    return and_(table.c.requested_by.not_in(sorted({me.id, decider.id})), or_(false(), *kinds))
