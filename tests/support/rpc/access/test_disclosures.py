"""Values seen in full and rows taken out, over a real channel: services ask, the chief is shown, limits hold."""

from typing import Any

from crm.access.v1 import probe_pb2
from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import parameters_pb2

from chassis.parameters import PARAMETER_PREFIX
from support import access_parameters
from tests.support.access_branch import Bucket
from tests.support.refusals import refused

EXPORT_ID = "00000000-0000-7000-8000-0000000000e1"


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
