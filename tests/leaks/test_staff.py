"""Telephones of staff, wherever staff are listed: as far as the column is open to who asks, and nobody out of reach."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from crm.support.v1 import organisation_pb2, organisation_pb2_grpc, support_pb2, support_pb2_grpc
from grpc import aio

from chassis.access import GRANTS_KEY, AccessBook
from chassis.declarations import Forms
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support.rpc.organisation_servicer import OrganisationServicer, Surroundings
from support.rpc.row_counts import RowCounts
from support.rpc.servicer import SupportServicer
from support.storage.schema import metadata
from tests.chassis.issuer import ISSUER, serving
from tests.leaks.calling import Called
from tests.support.access_branch import frame
from tests.support.branch import ZONE
from tests.support.organisation_desk import Desk, open_desk, staffed

pytestmark = pytest.mark.slow

FORMS = Forms((organisation_pb2.DESCRIPTOR,))
PHONE = "15438172261"
SHOWN = {0: "154****2261", 1: "", 2: "154****2261", 3: PHONE, 4: PHONE}


def rules(right: Any, *, scope: Any = access_pb2.ROW_SCOPE_ALL, other: Any = 0) -> bytes:
    actions: Any = [access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE, access_pb2.ACTION_EXPORT]
    columns = [access_pb2.ColumnRule(column="phone", right=right)] if right else []
    grant = access_pb2.Grant(
        role="watcher", form="support.staff", actions=actions, scope=scope, columns=columns, other_columns=other
    )
    return access_pb2.GrantsDocument(grants=[grant]).SerializeToString()


@pytest.fixture
async def staff(fresh_database: Callable[..., str]) -> AsyncIterator[tuple[Desk, Called, Called]]:
    desk = open_desk(fresh_database(metadata, staffed))
    access: AccessBook = vars(desk.database)["_access"]

    async def publish() -> None: ...

    with serving() as issuer:
        verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
        server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
        around = Surroundings(desk.clock, ZONE, FORMS, RowCounts({}), publish, None, lambda: frame({}))
        support_pb2_grpc.add_SupportServiceServicer_to_server(SupportServicer(desk.database, desk.clock, ZONE), server)
        organisation_pb2_grpc.add_OrganisationServiceServicer_to_server(
            OrganisationServicer(desk.database, around), server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        token = issuer.token(preferred_username="m001", realm_access={"roles": ["watcher"]})
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield (
                desk,
                Called(support_pb2_grpc.SupportServiceStub(channel), token),
                Called(organisation_pb2_grpc.OrganisationServiceStub(channel), token),
            )
        await server.stop(0)
    desk.database.close()


@pytest.mark.parametrize("right", sorted(SHOWN))
async def test_a_telephone_is_shown_as_far_as_it_is_open(staff: Any, right: int) -> None:
    desk, support, organisation = staff
    desk.papers[GRANTS_KEY] = rules(right)
    listed = (await support.ListStaff(support_pb2.ListStaffRequest(query="m001"))).staff
    members = (await organisation.ListStaffMembers(organisation_pb2.ListStaffMembersRequest(query="m001"))).members
    one = (await organisation.GetStaffMember(organisation_pb2.GetStaffMemberRequest(staff_number="m001"))).member
    assert {each.phone for each in (*listed, *members, one)} == {SHOWN[right]}
    assert len(listed) == len(members) == 1


async def test_staff_out_of_reach_are_as_if_they_were_not_there(staff: Any) -> None:
    desk, support, organisation = staff
    desk.papers[GRANTS_KEY] = rules(4, scope=access_pb2.ROW_SCOPE_OWN)
    assert [p.staff_number for p in (await support.ListStaff(support_pb2.ListStaffRequest())).staff] == ["m001"]
    found = await organisation.ListStaffMembers(organisation_pb2.ListStaffMembersRequest())
    assert [each.staff_number for each in found.members] == ["m001"]
    _, refused = await organisation.ask("GetStaffMember", organisation_pb2.GetStaffMemberRequest(staff_number="c01"))
    assert refused is not None
    assert refused.code == "NOT_FOUND"


async def test_hidden_columns_of_staff_are_not_there(staff: Any) -> None:
    desk, support, _ = staff
    desk.papers[GRANTS_KEY] = rules(0, other=access_pb2.COLUMN_RIGHT_HIDDEN)
    listed = (await support.ListStaff(support_pb2.ListStaffRequest())).staff
    assert {(p.name, p.phone, tuple(p.roles)) for p in listed} == {("", "", ())}
    assert (await support.ListStaff(support_pb2.ListStaffRequest(query="王敏"))).staff == []
