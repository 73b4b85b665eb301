"""Requests about access → what actions take, and back."""

from collections.abc import Iterable
from datetime import datetime

from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from chassis import masking
from chassis.declarations import Forms
from chassis.rights import RowFacts
from support import rules_document
from support.actions.approvals import ApprovalView
from support.actions.disclosures import Asked, DisclosureView
from support.actions.policies import PolicyView
from support.domain.approval import ApprovalKind, ApprovalState
from support.domain.disclosure import DisclosureKind
from support.domain.errors import FieldRefused
from support.domain.grants import Right
from support.domain.policy import Assignment, HolderKind, PolicyState, Role, Roles, Rule
from support.domain.policy_difference import Difference

_ACTIONS = {number: action for action, number in rules_document.ACTIONS.items()}
_SCOPES = {number: scope for scope, number in rules_document.SCOPES.items()}
_RIGHTS = {number: right for right, number in rules_document.RIGHTS.items()}
_POLICY_STATES = {
    state: pb.PolicyState.Value(f"POLICY_STATE_{state.name}") for state in PolicyState if state != PolicyState.CARRIED
}
_APPROVAL_KINDS = {kind: pb.ApprovalKind.Value(f"APPROVAL_KIND_{kind.name}") for kind in ApprovalKind}
_APPROVAL_STATES = {state: pb.ApprovalState.Value(f"APPROVAL_STATE_{state.name}") for state in ApprovalState}
_DISCLOSURE_KINDS = {kind: pb.DisclosureKind.Value(f"DISCLOSURE_KIND_{kind.name}") for kind in DisclosureKind}
_STATE_WORDS = {number: state for state, number in _APPROVAL_STATES.items()}
_KIND_WORDS = {number: kind for kind, number in _DISCLOSURE_KINDS.items()}
_DISCLOSURES = Forms((pb.DESCRIPTOR,)).by_name["support.disclosure"]
_HOLDERS = {
    "position": HolderKind.POSITION,
    "unit_id": HolderKind.UNIT,
    "staff_number": HolderKind.PERSON,
}


def read_roles(roles: Iterable[pb.Role]) -> Roles:
    """Read roles; refuse what no rule can say, by the place where it stands."""
    return tuple(_read_role(role, f"roles[{place}]") for place, role in enumerate(roles))


def _read_role(role: pb.Role, at: str) -> Role:
    return Role(
        name=role.name,
        title_zh=role.title_zh.strip(),
        title_en=role.title_en.strip(),
        rules=tuple(_read_rule(rule, f"{at}.rules[{number}]") for number, rule in enumerate(role.rules)),
        assignments=tuple(
            _read_assignment(each, f"{at}.assignments[{number}]") for number, each in enumerate(role.assignments)
        ),
    )


def _read_rule(rule: access_pb2.Grant, at: str) -> Rule:
    scope = _SCOPES.get(rule.scope)
    if scope is None:
        raise FieldRefused(f"{at}.scope", "SCOPE_MISSING", form=rule.form[:64])
    unknown = [number for number in rule.actions if number not in _ACTIONS]
    if unknown:
        raise FieldRefused(f"{at}.actions", "ACTION_UNKNOWN", value=str(unknown[0]), form=rule.form[:64])
    return Rule(
        id=rule.id,
        form=rule.form,
        actions=tuple(_ACTIONS[number] for number in rule.actions),
        scope=scope,
        unit_ids=tuple(dict.fromkeys(rule.unit_ids)),
        refuse=rule.refuse,
        columns=tuple(
            _read_column(each, f"{at}.columns[{number}]", refuse=rule.refuse)
            for number, each in enumerate(rule.columns)
        ),
        other_columns=_RIGHTS.get(rule.other_columns),
    )


def _read_column(each: access_pb2.ColumnRule, at: str, *, refuse: bool) -> tuple[str, Right]:
    right = _RIGHTS.get(each.right)
    if refuse:
        # A refusal hides what it names, whatever else stands beside it.
        right = Right.HIDDEN
    if right is None:
        raise FieldRefused(f"{at}.right", "COLUMN_RIGHT_MISSING", column=each.column[:120])
    return each.column, right


def _read_assignment(each: access_pb2.RoleAssignment, at: str) -> Assignment:
    holder = each.WhichOneof("holder")
    if holder is None:
        raise FieldRefused(at, "HOLDER_MISSING", role=each.role[:40])
    return Assignment(_HOLDERS[holder], str(getattr(each, holder)), each.valid_from, each.valid_to)


def role(found: Role) -> pb.Role:
    """Pack a role with its rules and who holds it."""
    return pb.Role(
        name=found.name,
        title_zh=found.title_zh,
        title_en=found.title_en,
        built_in=found.built_in,
        rules=[rules_document.grant(found, rule) for rule in found.rules],
        assignments=[rules_document.assignment(found, each) for each in found.assignments],
    )


def policy(view: PolicyView) -> pb.Policy:
    """Pack a policy."""
    found = view.policy
    return pb.Policy(
        id=found.id,
        number=found.edition,
        version=found.version,
        state=_POLICY_STATES[found.state],
        note=found.note,
        author=found.author,
        approver=found.approver,
        at=moment(found.at),
        in_force=view.in_force,
        roles=[role(each) for each in found.roles],
    )


def difference(found: Difference) -> pb.PolicyDifference:
    """Pack a difference."""
    return pb.PolicyDifference(
        role=found.role,
        form=found.form,
        what=found.what,
        item=found.item,
        old_value=found.old,
        new_value=found.new,
        widens=found.widens,
    )


def approval_state(number: int) -> ApprovalState | None:
    """Read the state wanted; unspecified is every state."""
    return _STATE_WORDS.get(number)  # type: ignore[arg-type]  # enum number


def approval(view: ApprovalView) -> pb.Approval:
    """Pack an approval as the caller has it."""
    found = view.approval
    packed = pb.Approval(
        id=found.id,
        kind=_APPROVAL_KINDS[found.kind],
        subject_id=found.subject_id,
        summary_json=found.summary,
        requested_by=found.requested_by,
        requested_by_name=found.requested_name,
        requested_at=moment(found.requested_at),
        state=_APPROVAL_STATES[found.state],
        decided_by=found.decided_by,
        comment=found.remark,
        mine_to_decide=view.mine_to_decide,
        standing_in_for=view.standing_in_for,
    )
    if found.decided_at is not None:
        packed.decided_at.CopyFrom(moment(found.decided_at))
    return packed


def disclosure_kind(number: int) -> DisclosureKind | None:
    """Read the kind wanted; unspecified is both."""
    return _KIND_WORDS.get(number)  # type: ignore[arg-type]  # enum number


def asked(request: pb.AuthoriseDisclosureRequest) -> Asked:
    """Read what a service asks for on behalf of a person."""
    kind = _KIND_WORDS.get(request.kind)
    if kind is None:
        raise FieldRefused("kind", "KIND_MISSING")
    for name, longest in (("staff_number", 64), ("form", 64), ("record_id", 64), ("column", 120)):
        if len(getattr(request, name)) > longest:
            raise FieldRefused(name, "TEXT_TOO_LONG", maximum=str(longest))
    for name in ("staff_number", "form", "record_id"):
        if not getattr(request, name):
            raise FieldRefused(name, "FIELD_MISSING")
    return Asked(
        kind=kind,
        staff_number=request.staff_number,
        form=request.form,
        record_id=request.record_id,
        record_label=request.record_label[:200],
        column=request.column,
        reason=request.reason,
        facts=RowFacts(
            tuple(request.facts.owners),
            tuple(request.facts.customer_keepers),
            request.facts.community_id,
            request.facts.bureau_id,
        ),
        rows=max(request.rows, 0),
        filter_json=request.filter_json,
        ip=request.ip[:64],
    )


def disclosure(view: DisclosureView) -> pb.Disclosure:
    """Pack a disclosure as far as its columns are open to the caller, and say what was left out."""
    found = view.disclosure
    packed = pb.Disclosure(
        id=found.id,
        kind=_DISCLOSURE_KINDS[found.kind],
        staff_number=found.staff_number,
        name=found.name,
        form=found.form,
        record_id=found.record_id,
        record_label=found.record_label,
        column=found.column,
        reason=found.reason,
        at=moment(found.at),
        rows=found.rows,
        ip=found.ip,
    )
    masking.tell(packed, view.columns, _DISCLOSURES)
    return packed


def moment(at: datetime) -> Timestamp:
    """Pack an instant."""
    stamp = Timestamp()
    stamp.FromMicroseconds(round(at.timestamp() * 1_000_000))
    return stamp
