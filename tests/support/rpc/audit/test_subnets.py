"""Subnets and their places over a real channel: set as a whole, traced, and refused when they are none."""

from typing import Any

from crm.support.v1 import audit_pb2 as pb

from chassis.database import Database
from support.storage.tables import plumbing
from tests.support.refusals import refused


async def test_subnets_are_set_traced_and_refused(stub: Any, admin: Any, as_: Any, database: Database) -> None:
    given = [pb.Subnet(cidr="10.0.0.0/8", place="分公司"), pb.Subnet(cidr="10.1.2.0/24", place="翠湖")]
    answer = await stub.SetSubnets(pb.SetSubnetsRequest(subnets=given), metadata=admin)
    assert [each.cidr for each in answer.subnets] == ["10.1.2.0/24", "10.0.0.0/8"]
    changed = [pb.Subnet(cidr="10.0.0.0/8", place="总部")]
    await stub.SetSubnets(pb.SetSubnetsRequest(subnets=changed), metadata=admin)
    assert list((await stub.ListSubnets(pb.ListSubnetsRequest(), metadata=admin)).subnets) == changed
    with database.engine.connect() as connection:
        changes = connection.execute(plumbing.changes.select().where(plumbing.changes.c.form == "support.audit"))
        traced = sorted((row.field, row.old_value or "", row.new_value or "") for row in changes)
    assert traced == [
        ("10.0.0.0/8", "", "分公司"),
        ("10.0.0.0/8", "分公司", "总部"),
        ("10.1.2.0/24", "", "翠湖"),
        ("10.1.2.0/24", "翠湖", ""),
    ]
    wrong = stub.SetSubnets(pb.SetSubnetsRequest(subnets=[pb.Subnet(cidr="ten", place="x")]), metadata=admin)
    assert await refused(wrong) == (
        "INVALID_ARGUMENT",
        "SUBNET_INVALID",
        {"field": "subnets[0].cidr", "value": "ten"},
    )
    call = stub.SetSubnets(pb.SetSubnetsRequest(), metadata=as_("operator", "operator"))
    assert (await refused(call))[0] == "PERMISSION_DENIED"
