"""Every method of every service, with who may call it. A method without a permission fails here before anyone meets it.

`UPDATE_GOLDEN=1 pytest tests/contracts` writes the list again; read the difference before committing it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from crm.access.v1 import probe_pb2
from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from crm.operations.v1 import dead_letters_pb2
from crm.support.v1 import (
    access_pb2 as policy_pb2,
)
from crm.support.v1 import (
    audit_pb2,
    organisation_pb2,
    parameters_pb2,
    support_pb2,
    systems_pb2,
)
from crm.telemetry.v1 import telemetry_pb2
from google.protobuf.descriptor import MethodDescriptor

from chassis.interceptors import permission_of
from support.domain.grants import default_grants

CONTRACTS = (
    dispatch_pb2,
    customer_pb2,
    probe_pb2,
    support_pb2,
    organisation_pb2,
    policy_pb2,
    parameters_pb2,
    audit_pb2,
    systems_pb2,
    telemetry_pb2,
    dead_letters_pb2,
)
# Asked for by an action and not by a method: who may agree to an export is decided for each approval on its own.
ASKED_INSIDE = {"support.export"}
GOLDEN = Path(__file__).parent / "permissions.txt"


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    for contract in CONTRACTS:
        for service in contract.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield f"/{service.full_name}/{method.name}", method


def callers(permission: access_pb2.Access) -> str:
    if permission.self:
        return "every person, about themselves"
    action = access_pb2.Action.Name(permission.action).removeprefix("ACTION_").lower()
    found = sorted(
        f"{grant.role}:{grant.scope}"
        for grant in default_grants()
        if grant.form == permission.form and grant.action == action and (grant.scope == "all" or not permission.whole)
    )
    reach = " (every row)" if permission.whole else ""
    return f"{permission.form} {action}{reach}: {', '.join(found)}"


def test_every_method_declares_its_permission() -> None:
    undeclared = [name for name, _ in methods() if permission_of(name) is None]
    assert undeclared == []


def test_nobody_may_call_what_the_list_does_not_say() -> None:
    lines = [f"{name}\n    {callers(permission)}" for name, _ in methods() if (permission := permission_of(name))]
    listed = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(listed, encoding="utf-8")
    assert listed == GOLDEN.read_text(encoding="utf-8")


def test_every_method_can_be_called_by_somebody() -> None:
    idle = [
        name
        for name, _ in methods()
        if (found := permission_of(name)) and not found.self and callers(found).endswith(": ")
    ]
    assert idle == []


def test_every_granted_form_is_asked_for_by_a_method() -> None:
    asked = {found.form for name, _ in methods() if (found := permission_of(name))}
    assert {grant.form for grant in default_grants()} <= asked | ASKED_INSIDE
