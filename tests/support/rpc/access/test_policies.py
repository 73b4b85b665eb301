"""Policies over a real channel: sent back as they came, handed in, agreed to, refused by their place, and for administrators alone."""

from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import parameters_pb2

from chassis.parameters import PARAMETER_PREFIX
from support import access_parameters
from tests.support.access_branch import B01, Bucket
from tests.support.refusals import refused
from tests.support.rpc.access.far_side import Published
from tests.support.rpc.access.visitor import VISITOR, drafted

SEE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE


def switch_off_second_administrator(documents: Bucket) -> None:
    key = PARAMETER_PREFIX + access_parameters.SECOND_ADMINISTRATOR
    value = parameters_pb2.ParameterValue(id="1", value_json="false", effective_from="2026-01-01")
    documents[key] = parameters_pb2.ParameterDocument(values=[value]).SerializeToString()


async def test_forms_are_those_of_every_service_with_every_action_that_rules_speak_of(stub: Any, as_: Any) -> None:
    forms = {form.name: form for form in (await stub.ListForms(pb.ListFormsRequest(), metadata=as_("admin"))).forms}
    assert list(forms) == sorted(forms)
    assert {"customer.customer", "dispatch.task", "support.export", "support.role"} <= set(forms)
    assert [column.column for column in forms["dispatch.task"].columns] == ["title", "place"]
    # The declaration in these tests knows seeing and changing only; the product's rules speak of more.
    assert set(forms["dispatch.task"].actions) >= {SEE, CHANGE, access_pb2.ACTION_EXPORT, access_pb2.ACTION_UNMASK}


async def test_a_policy_sent_back_as_it_came_is_the_same(stub: Any, as_: Any) -> None:
    force = (await stub.GetPolicy(pb.GetPolicyRequest(), metadata=as_("admin"))).policy
    assert (force.number, force.in_force, force.state) == (1, True, pb.POLICY_STATE_PUBLISHED)
    templates = (await stub.ListRoleTemplates(pb.ListRoleTemplatesRequest(), metadata=as_("admin"))).templates
    assert list(force.roles) == list(templates)
    draft = await drafted(stub, as_("admin"), VISITOR)
    kept = pb.Role()
    kept.CopyFrom(VISITOR)
    assert list(draft.roles) == [*force.roles, kept]
    assert (draft.version, draft.note, draft.author, draft.state) == (1, "visitors", "admin", pb.POLICY_STATE_DRAFT)
    told = await stub.ComparePolicies(pb.ComparePoliciesRequest(to_id="draft"), metadata=as_("admin"))
    assert [(each.what, each.item, each.new_value, each.widens) for each in told.differences] == [
        ("ROLE", "", "访客 / Visitor", False),
        ("ASSIGNMENT", "person:m002", "2026-11-01–…", True),
        ("ACTION", "see", B01, True),
        ("COLUMN", "phone", "read", True),
    ]


async def test_a_draft_is_handed_in_listed_and_agreed_to(stub: Any, as_: Any) -> None:
    draft = await drafted(stub, as_("admin"), VISITOR)
    request = pb.SubmitPolicyRequest(version=draft.version)
    waiting = (await stub.SubmitPolicy(request, metadata=as_("admin"))).policy
    assert waiting.state == pb.POLICY_STATE_SUBMITTED
    mine = (await stub.ListApprovals(pb.ListApprovalsRequest(), metadata=as_("admin"))).approvals
    assert [(each.mine_to_decide, each.requested_by, each.subject_id) for each in mine] == [(False, "admin", draft.id)]
    asked = pb.ListApprovalsRequest(state=pb.APPROVAL_STATE_WAITING)
    [theirs] = (await stub.ListApprovals(asked, metadata=as_("second"))).approvals
    assert (theirs.mine_to_decide, theirs.kind) == (True, pb.APPROVAL_KIND_POLICY)
    assert len((await stub.ListApprovals(asked, metadata=as_("m001", "customer_manager"))).approvals) == 0
    own = stub.DecideApproval(pb.DecideApprovalRequest(id=theirs.id, approve=True), metadata=as_("admin"))
    assert await refused(own) == ("PERMISSION_DENIED", "OWN_APPROVAL", {"id": theirs.id})
    agreed = pb.DecideApprovalRequest(id=theirs.id, approve=True, comment="好")
    decided = (await stub.DecideApproval(agreed, metadata=as_("second"))).approval
    assert (decided.state, decided.decided_by, decided.comment) == (pb.APPROVAL_STATE_APPROVED, "second", "好")
    force = (await stub.GetPolicy(pb.GetPolicyRequest(), metadata=as_("admin"))).policy
    assert (force.id, force.number, force.author, force.approver) == (draft.id, 2, "admin", "second")
    listed = await stub.ListPolicyVersions(pb.ListPolicyVersionsRequest(), metadata=as_("admin"))
    assert [(each.number, each.in_force, len(each.roles)) for each in listed.policies] == [(2, True, 0), (1, False, 0)]


async def test_the_parameter_lets_one_administrator_do(
    stub: Any, as_: Any, documents: Bucket, published: Published
) -> None:
    switch_off_second_administrator(documents)
    draft = await drafted(stub, as_("admin"), VISITOR)
    assert published.times == 0
    # A broker that is away does not take back what was decided.
    published.away = True
    answer = await stub.SubmitPolicy(pb.SubmitPolicyRequest(version=draft.version), metadata=as_("admin"))
    assert (answer.policy.state, answer.policy.in_force) == (pb.POLICY_STATE_PUBLISHED, True)
    assert published.times == 1
    back = await stub.RestorePolicy(pb.RestorePolicyRequest(id=draft.id), metadata=as_("admin"))
    assert back.policy.state == pb.POLICY_STATE_DRAFT
    await stub.DiscardPolicyDraft(pb.DiscardPolicyDraftRequest(), metadata=as_("admin"))
    gone = stub.GetPolicy(pb.GetPolicyRequest(id="draft"), metadata=as_("admin"))
    assert (await refused(gone))[:2] == ("NOT_FOUND", "NOT_FOUND")


WRONG = {
    "scope": (access_pb2.Grant(form="support.staff", actions=[SEE]), "scope", "SCOPE_MISSING"),
    "action": (
        access_pb2.Grant(form="support.staff", actions=[0], scope=access_pb2.ROW_SCOPE_ALL),  # type: ignore[list-item]  # wrong on purpose
        "actions",
        "ACTION_UNKNOWN",
    ),
    "right": (
        access_pb2.Grant(
            form="support.staff",
            actions=[SEE],
            scope=access_pb2.ROW_SCOPE_ALL,
            columns=[access_pb2.ColumnRule(column="phone")],
        ),
        "columns[0].right",
        "COLUMN_RIGHT_MISSING",
    ),
    "form": (
        access_pb2.Grant(form="content.page", actions=[SEE], scope=access_pb2.ROW_SCOPE_ALL),
        "form",
        "FORM_UNKNOWN",
    ),
}


async def test_what_a_rule_cannot_say_is_refused_by_its_place(stub: Any, as_: Any) -> None:
    told: dict[str, tuple[str, str, str]] = {}
    for name, (rule, _, _) in WRONG.items():
        wrong = pb.Role(name="wrong", title_zh="错", title_en="Wrong", rules=[rule])
        code, found, data = await refused(drafted(stub, as_("admin"), wrong))
        told[name] = (code, found, data["field"].partition(".rules[0].")[2])
    assert told == {name: ("INVALID_ARGUMENT", reason, field) for name, (_, field, reason) in WRONG.items()}


ASKED = [
    ("GetPolicy", pb.GetPolicyRequest()),
    ("ListForms", pb.ListFormsRequest()),
    ("SavePolicyDraft", pb.SavePolicyDraftRequest()),
    ("SubmitPolicy", pb.SubmitPolicyRequest()),
    ("RestorePolicy", pb.RestorePolicyRequest()),
    ("ComparePolicies", pb.ComparePoliciesRequest()),
    ("ExplainAccess", pb.ExplainAccessRequest()),
    ("PreviewAccess", pb.PreviewAccessRequest()),
]


async def test_rules_are_for_administrators(stub: Any, as_: Any) -> None:
    others = ("customer_manager", "bureau_chief", "supervisor", "operator", "service", "importer")
    let_in = [
        (method, role)
        for method, asked in ASKED
        for role in others
        if (await refused(getattr(stub, method)(asked, metadata=as_("x1", role))))[:2]
        != ("PERMISSION_DENIED", "PERMISSION_DENIED")
    ]
    assert len(ASKED) * len(others) >= 48
    assert let_in == []
