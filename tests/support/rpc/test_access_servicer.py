"""The calls about access over a real channel, with the gate in front; the services that own forms answer for real."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from crm.access.v1 import probe_pb2, probe_pb2_grpc
from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import access_pb2_grpc, organisation_pb2, parameters_pb2
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.declarations import Forms
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.parameters import PARAMETER_PREFIX, Parameters
from support import access_parameters, rules_document
from support.rpc.access_servicer import AccessServicer
from support.rpc.probes import Probes
from support.storage.schema import metadata
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.support.access_branch import B01, Bucket, actor, bucket, fill, open_database
from tests.support.branch import NOON, TODAY, ZONE

READ, MASKED = access_pb2.COLUMN_RIGHT_READ, access_pb2.COLUMN_RIGHT_MASKED
SEE, CHANGE = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE
EXPORT_ID = "00000000-0000-7000-8000-0000000000e1"


class Customers(probe_pb2_grpc.AccessProbeServiceServicer):
    """The far side: notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def ExplainRow(self, request: Any, context: Any) -> probe_pb2.ExplainRowResponse:
        self.asked.append(request)
        return probe_pb2.ExplainRowResponse(found=True, actions=[SEE])

    async def PreviewRows(self, request: Any, context: Any) -> probe_pb2.PreviewRowsResponse:
        self.asked.append(request)
        return probe_pb2.PreviewRowsResponse(total=7)

    async def CountRows(self, request: Any, context: Any) -> probe_pb2.CountRowsResponse:
        return probe_pb2.CountRowsResponse()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture
def documents() -> Bucket:
    return bucket()


@pytest.fixture
def customers() -> Customers:
    return Customers()


class Published:
    """Counts how often changes were let out; the broker may be away."""

    def __init__(self) -> None:
        self.times = 0
        self.away = False

    async def note(self) -> None:
        self.times += 1
        if self.away:
            raise ConnectionError


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def stub(
    issuer: Issuer,
    fresh_database: Callable[..., str],
    documents: Bucket,
    customers: Customers,
    published: Published,
) -> AsyncIterator[Any]:
    documents[GRANTS_KEY] = rules_document.default_document().SerializeToString()
    access = AccessBook(documents)
    opened = open_database(fresh_database(metadata), FixedClock(NOON), access=access)
    opened.run_sync(actor("admin"), fill)
    far = aio.server()
    probe_pb2_grpc.add_AccessProbeServiceServicer_to_server(customers, far)
    far_port = far.add_insecure_port("127.0.0.1:0")
    await far.start()
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    async with (
        aio.insecure_channel(f"127.0.0.1:{far_port}") as to_customer,
        aio.insecure_channel("127.0.0.1:9") as to_nobody,
    ):
        servicer = AccessServicer(
            opened,
            documents,
            Forms((pb.DESCRIPTOR, organisation_pb2.DESCRIPTOR)),
            Parameters(documents, access_parameters.DECLARED, today=lambda: TODAY),
            Probes({"customer": to_customer, "dispatch": to_nobody}),
            ZONE,
            published.note,
        )
        access_pb2_grpc.add_AccessServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield access_pb2_grpc.AccessServiceStub(channel)
        await server.stop(0)
        await far.stop(0)
    opened.close()


@pytest.fixture
def as_(issuer: Issuer) -> Any:
    def metadata(number: str, role: str = "administrator", **claims: Any) -> tuple[tuple[str, str], ...]:
        token = issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]}, **claims)
        return (("authorization", f"Bearer {token}"),)

    return metadata


@pytest.fixture
def service(as_: Any) -> Any:
    return as_("service-account-svc-customer", "service", azp="svc-customer")


async def refused(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
    with contextlib.suppress(IndexError, AttributeError):
        status.details[0].Unpack(info)  # type: ignore[union-attr]  # checked by the suppression
    return caught.value.code().name, info.reason, dict(info.metadata)


def switch_off_second_administrator(documents: Bucket) -> None:
    key = PARAMETER_PREFIX + access_parameters.SECOND_ADMINISTRATOR
    value = parameters_pb2.ParameterValue(id="1", value_json="false", effective_from="2026-01-01")
    documents[key] = parameters_pb2.ParameterDocument(values=[value]).SerializeToString()


VISITOR = pb.Role(
    name="visitor",
    title_zh="访客",
    title_en="Visitor",
    rules=[
        access_pb2.Grant(
            role="visitor",
            form="support.staff",
            actions=[SEE],
            scope=access_pb2.ROW_SCOPE_UNITS,
            unit_ids=[B01],
            columns=[access_pb2.ColumnRule(column="phone", right=READ)],
            id="visitors",
        )
    ],
    assignments=[access_pb2.RoleAssignment(role="visitor", staff_number="m002", valid_from="2026-11-01")],
)


async def drafted(stub: Any, who: Any, *more: pb.Role) -> pb.Policy:
    force = (await stub.GetPolicy(pb.GetPolicyRequest(), metadata=who)).policy
    request = pb.SavePolicyDraftRequest(roles=[*force.roles, *more], note="visitors")
    return (await stub.SavePolicyDraft(request, metadata=who)).policy


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


async def test_support_says_itself_why_somebody_sees_a_member_of_staff(stub: Any, as_: Any) -> None:
    await drafted(stub, as_("admin"), VISITOR)
    request = pb.ExplainAccessRequest(staff_number="m002", form="support.staff", record="c01", draft=True)
    answer = (await stub.ExplainAccess(request, metadata=as_("admin"))).answer
    assert (answer.found, list(answer.actions), list(answer.facts.owners)) == (True, [SEE], ["c01"])
    assert {(each.rule_id, each.held_by, each.reaches) for each in answer.verdicts} == {
        ("customer_manager:support.staff:all", "POSITION", True),
        ("visitors", "PERSON", True),
    }
    columns = {each.column: (each.right, each.reason) for each in answer.columns}
    assert columns["phone"] == (READ, "RULE")
    request.draft = False
    answer = (await stub.ExplainAccess(request, metadata=as_("admin"))).answer
    assert [each.rule_id for each in answer.verdicts] == ["customer_manager:support.staff:all"]
    request.record = "x999"
    assert not (await stub.ExplainAccess(request, metadata=as_("admin"))).answer.found
    request.staff_number = "x999"
    assert (await refused(stub.ExplainAccess(request, metadata=as_("admin"))))[1] == "NOT_FOUND"


async def test_a_preview_never_shows_a_sensitive_value_in_full(stub: Any, as_: Any) -> None:
    request = pb.PreviewAccessRequest(staff_number="m002", form="support.staff")
    answer = (await stub.PreviewAccess(request, metadata=as_("admin"))).answer
    assert (answer.total, len(answer.rows)) == (8, 8)
    cells = {each.column: (each.right, each.shown) for each in answer.rows[0].cells}
    assert (answer.rows[0].label, cells["name"], cells["phone"]) == (
        "admin ADMIN",
        (READ, "ADMIN"),
        (READ, "154****2261"),
    )


async def test_other_forms_are_answered_by_their_service_under_the_draft_when_asked(
    stub: Any, as_: Any, customers: Customers
) -> None:
    explain = pb.ExplainAccessRequest(staff_number="m001", form="customer.customer", record="C1")
    assert (await stub.ExplainAccess(explain, metadata=as_("admin"))).answer.found
    assert not customers.asked[0].HasField("rules")
    await drafted(stub, as_("admin"), VISITOR)
    preview = pb.PreviewAccessRequest(staff_number="m001", form="customer.customer", draft=True)
    assert (await stub.PreviewAccess(preview, metadata=as_("admin"))).answer.total == 7
    assert "visitor" in {grant.role for grant in customers.asked[1].rules.grants}
    away = stub.ExplainAccess(
        pb.ExplainAccessRequest(staff_number="m001", form="dispatch.task", record="1"), metadata=as_("admin")
    )
    assert await refused(away) == ("UNAVAILABLE", "UPSTREAM_UNAVAILABLE", {"service": "dispatch"})
    unknown = pb.PreviewAccessRequest(staff_number="m001", form="nowhere.form")
    assert (await refused(stub.PreviewAccess(unknown, metadata=as_("admin"))))[0] == "NOT_FOUND"


def unmasking(**more: Any) -> pb.AuthoriseDisclosureRequest:
    found = pb.AuthoriseDisclosureRequest(
        kind=pb.DISCLOSURE_KIND_UNMASK,
        staff_number="m001",
        form="customer.customer",
        record_id="r1",
        record_label="C0001",
        column="id_card",
        reason="核对身份",
        facts=probe_pb2.RowFacts(owners=["m001"]),
        ip="10.9.9.9",
    )
    found.MergeFrom(pb.AuthoriseDisclosureRequest(**more))
    return found


async def test_services_ask_and_the_chief_is_shown(stub: Any, as_: Any, service: Any) -> None:
    answer = await stub.AuthoriseDisclosure(unmasking(), metadata=service)
    assert (answer.granted, answer.left_today) == (True, 19)
    for who in (as_("admin"), as_("m001", "customer_manager"), as_("c01", "bureau_chief")):
        assert (await refused(stub.AuthoriseDisclosure(unmasking(), metadata=who)))[0] == "PERMISSION_DENIED"
    [found] = (await stub.ListDisclosures(pb.ListDisclosuresRequest(), metadata=as_("admin"))).disclosures
    assert (found.kind, found.staff_number, found.column, found.reason, found.ip) == (
        pb.DISCLOSURE_KIND_UNMASK,
        "m001",
        "id_card",
        "核对身份",
        "10.9.9.9",
    )
    wrong = unmasking(staff_number="m002")
    assert (await refused(stub.AuthoriseDisclosure(wrong, metadata=service)))[:2] == (
        "PERMISSION_DENIED",
        "DISCLOSURE_DENIED",
    )
    nothing = pb.AuthoriseDisclosureRequest(kind=pb.DISCLOSURE_KIND_EXPORT, staff_number="m001", form="f")
    assert (await refused(stub.AuthoriseDisclosure(nothing, metadata=service)))[1:] == (
        "FIELD_MISSING",
        {"field": "record_id"},
    )


async def test_limits_and_thresholds_are_those_that_hold_where_the_person_works(
    stub: Any, service: Any, documents: Bucket
) -> None:
    def set_value(key: str, value: str) -> None:
        found = parameters_pb2.ParameterValue(id="1", value_json=value, effective_from="2026-01-01")
        documents[PARAMETER_PREFIX + key] = parameters_pb2.ParameterDocument(values=[found]).SerializeToString()

    set_value(access_parameters.UNMASK_DAILY_LIMIT, "1")
    set_value(access_parameters.EXPORT_APPROVAL_ROWS, "10")
    assert (await stub.AuthoriseDisclosure(unmasking(), metadata=service)).left_today == 0
    assert await refused(stub.AuthoriseDisclosure(unmasking(), metadata=service)) == (
        "RESOURCE_EXHAUSTED",
        "UNMASK_LIMIT_REACHED",
        {"limit": "1"},
    )
    export = pb.AuthoriseDisclosureRequest(
        kind=pb.DISCLOSURE_KIND_EXPORT,
        staff_number="s1",
        form="customer.customer",
        record_id=EXPORT_ID,
        reason="月度名单",
        rows=11,
    )
    answer = await stub.AuthoriseDisclosure(export, metadata=service)
    assert (answer.granted, bool(answer.approval_id)) == (False, True)


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
