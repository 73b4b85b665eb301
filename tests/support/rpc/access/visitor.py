"""A draft with one role more than there are: visitors, who see the staff of a bureau."""

from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb

from tests.support.access_branch import B01

VISITOR = pb.Role(
    name="visitor",
    title_zh="访客",
    title_en="Visitor",
    rules=[
        access_pb2.Grant(
            role="visitor",
            form="support.staff",
            actions=[access_pb2.ACTION_SEE],
            scope=access_pb2.ROW_SCOPE_UNITS,
            unit_ids=[B01],
            columns=[access_pb2.ColumnRule(column="phone", right=access_pb2.COLUMN_RIGHT_READ)],
            id="visitors",
        )
    ],
    assignments=[access_pb2.RoleAssignment(role="visitor", staff_number="m002", valid_from="2026-11-01")],
)


async def drafted(stub: Any, who: Any, *more: pb.Role) -> pb.Policy:
    force = (await stub.GetPolicy(pb.GetPolicyRequest(), metadata=who)).policy
    request = pb.SavePolicyDraftRequest(roles=[*force.roles, *more], note="visitors")
    return (await stub.SavePolicyDraft(request, metadata=who)).policy
