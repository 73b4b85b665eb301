"""Why somebody sees a row and what they would see, over a real channel: staff by support itself, other forms by their service."""

from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb

from tests.support.refusals import refused
from tests.support.rpc.access.far_side import Customers
from tests.support.rpc.access.visitor import VISITOR, drafted

READ, SEE = access_pb2.COLUMN_RIGHT_READ, access_pb2.ACTION_SEE


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
