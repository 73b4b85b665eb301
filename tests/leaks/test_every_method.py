"""Every method of every service's port: let through by the rules and by nothing else; and none is left out of the matrix."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from crm.access.v1 import probe_pb2, probe_pb2_grpc
from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2, customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2, dispatch_pb2_grpc
from crm.operations.v1 import dead_letters_pb2, dead_letters_pb2_grpc
from crm.support.v1 import (
    access_pb2 as rules_pb2,
)
from crm.support.v1 import (
    access_pb2_grpc as rules_pb2_grpc,
)
from crm.support.v1 import (
    audit_pb2,
    audit_pb2_grpc,
    organisation_pb2,
    organisation_pb2_grpc,
    parameters_pb2,
    parameters_pb2_grpc,
    support_pb2,
    support_pb2_grpc,
    systems_pb2,
    systems_pb2_grpc,
)
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio

from chassis.access import AccessBook
from chassis.declarations import Forms
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.leaks.calling import refusal_of
from tests.leaks.found import Found
from tests.leaks.policies import PEOPLE, a_policy, branch_papers, published
from tests.leaks.reading import EVERYWHERE, TODAY, Policy, Reading

pytestmark = pytest.mark.slow

CONTRACTS = (
    (customer_pb2, customer_pb2_grpc),
    (dispatch_pb2, dispatch_pb2_grpc),
    (support_pb2, support_pb2_grpc),
    (organisation_pb2, organisation_pb2_grpc),
    (rules_pb2, rules_pb2_grpc),
    (parameters_pb2, parameters_pb2_grpc),
    (audit_pb2, audit_pb2_grpc),
    (systems_pb2, systems_pb2_grpc),
    (probe_pb2, probe_pb2_grpc),
    (dead_letters_pb2, dead_letters_pb2_grpc),
)
# Methods that answer or change rows of the archive and of dispatch: compared row by row and column by column.
BY_ROW = {
    "CustomerService": "GetCustomer ListCustomers ListCustomerChanges CreateCustomer UpdateCustomer FindOwners CreateAppointment "
    "CancelAppointment Unmask StartExport DownloadExport StartImport GetImport ListImports CancelImport DownloadImportErrors",
    "DispatchService": "ListTasks GetTask AcceptTask CompleteTask CancelTask AssignTask CreateTask GetCompletionForm "
    "ListGenerationRules UpdateGenerationRule ListWorkOrders GetWorkOrder CreateWorkOrder UpdateWorkOrder DeleteWorkOrder "
    "ListWriteBacks RetryWriteBack Unmask StartExport DownloadExport",
    "SupportService": "ListUnits ListStaff GetCalendarYear SetCalendarDays ListSignIns",
    "OrganisationService": "CreateUnit UpdateUnit ListOrganisationChanges GetStaffMember ListStaffMembers CreateStaffMember "
    "UpdateStaffMember SuspendStaffMember EndStaffMember PreviewHandover ExportStaff ListPairs SetPair ListStandIns SetStandIn",
    "AccessService": "ListApprovals DecideApproval ListDisclosures",
    "AuditService": "ListAuditEntries CountAuditEntries ListAuditFindings ExportAuditEntries ListSubnets",
    "ParameterService": "ListParameters ListParameterValues PreviewParameter SetParameter FindColumnUses",
}
WHOLE = "about the branch as a whole: the gate asks for a rule that reaches every row"
CELLS = (
    "customer_cells.py", "entering_cells.py", "task_cells.py", "order_cells.py", "staff_cells.py", "record_cells.py",
    "trail_cells.py",
)  # fmt: skip
# Calls that add a row to a form with columns: what may be filled in is compared column by column (Found.created).
CREATING = {"CreateCustomer", "CreateAppointment", "CreateTask", "CreateStaffMember"}
# A service notes what a person did, by that person's rules: nobody fills it in.
NOTING = {"AuthoriseDisclosure"}
# The others, and why the gate alone decides here; who may not is refused by it in this very test.
GATE_ONLY = {
    "CustomerService": {
        **dict.fromkeys(("GetExport", "ListExports"), "the caller's own exports only"),
    },
    "DispatchService": {
        **dict.fromkeys(("GetExport", "ListExports"), "the caller's own exports only"),
        "GenerateTasks": "answers numbers",
    },
    "AccessProbeService": {"*": "asked by support only; tests/leaks/test_probe.py"},
    "DeadLetterService": {
        **dict.fromkeys(("ListDeadLetters", "ReplayDeadLetters", "DiscardDeadLetters"), WHOLE),
    },
    "SupportService": {
        **dict.fromkeys(("GetMe", "GetDay"), "about the caller alone, and the day"),
        "ImportOrganisation": WHOLE,
        "ListCalendarChanges": "within reach as the year is; tests/support/actions/test_calendar.py",
    },
    "OrganisationService": {
        "ResetPassword": "within reach as a change is; answers a password that was not there before",
        **dict.fromkeys(("PreviewReorganisation", "Reorganise", "ImportStaff"), WHOLE),
        **dict.fromkeys(("ListAccountDrift", "SweepAccounts"), WHOLE),
    },
    "AccessService": {
        "AuthoriseDisclosure": "asked by services only; tests/support/actions/test_disclosures.py",
        **dict.fromkeys(
            (
                "ListForms",
                "GetPolicy",
                "ListPolicyVersions",
                "ListRoleTemplates",
                "SavePolicyDraft",
                "DiscardPolicyDraft",
            ),
            WHOLE,
        ),
        **dict.fromkeys(("SubmitPolicy", "RestorePolicy", "ComparePolicies", "ExplainAccess", "PreviewAccess"), WHOLE),
    },
    "ParameterService": {
        "RevertParameter": "checked as setting is; tests/support/rpc/test_parameters.py",
        "ListParameterChanges": "the lines of the values, within reach as they are; tests/support/rpc/test_parameters.py",
        "ListExtraFields": "what the branch calls fields of its own, no rows and no values",
        **dict.fromkeys(("SetExtraField", "DeleteExtraField"), WHOLE),
    },
    "AuditService": {
        "RecordPageView": "about the caller alone",
        **dict.fromkeys(("VerifyAuditDay", "SetSubnets"), WHOLE),
    },
    "SystemService": {
        **dict.fromkeys(
            ("ListMySystems", "StoreCredential", "ForgetCredential", "OpenSystem"), "about the caller alone"
        ),
        **dict.fromkeys(("ListSystems", "SetSystem", "DeleteSystem"), WHOLE),
    },
}
POLICIES = 8


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    for contract, _ in CONTRACTS:
        for service in contract.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield service.name, method


def test_no_method_is_left_out() -> None:
    cells = "".join((Path(__file__).parent / name).read_text() for name in CELLS)
    missing = []
    for service, method in methods():
        by_row, by_gate = BY_ROW.get(service, "").split(), GATE_ONLY.get(service, {})
        if method.name in by_row:
            assert f'"{method.name}"' in cells, f"{service}.{method.name} is said to be compared, and is not called"
        elif method.name not in by_gate and "*" not in by_gate:
            missing.append(f"{service}.{method.name}")
        else:
            # What is said to be about the whole branch must say so in the contract, where the gate reads it.
            whole = method.GetOptions().Extensions[access_pb2.access].whole
            assert by_gate.get(method.name) != WHOLE or whole, method.full_name
    assert missing == []


def test_every_call_that_adds_a_row_with_columns_is_compared_column_by_column() -> None:
    forms = Forms(contract.DESCRIPTOR for contract, _ in CONTRACTS).by_name
    adding = {
        method.name
        for _, method in methods()
        if (asked := method.GetOptions().Extensions[access_pb2.access]).action == access_pb2.ACTION_CREATE
        and forms[asked.form].columns
    }
    assert adding == CREATING | NOTING
    cells = [(Path(__file__).parent / name).read_text() for name in CELLS]
    assert all(any(f'"{name}"' in text and "found.created(" in text for text in cells) for name in CREATING)


@asynccontextmanager
async def open_doors(papers: dict[str, bytes], issuer: Issuer) -> AsyncGenerator[aio.Channel]:
    """Every service behind the gate that the suite has; whoever gets through meets nobody."""

    class Papers:
        def get(self, key: str, /) -> bytes | None:
            return papers.get(key)

    access = AccessBook(Papers(), today=lambda: TODAY)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="every", people=access)
    server = aio.server(interceptors=[Interceptor("every", Gatekeeper(verifier, access))])
    for contract, stubs in CONTRACTS:
        for name, service in contract.DESCRIPTOR.services_by_name.items():
            silent = type("Silent", (), {m.name: _streamed if m.server_streaming else _unary for m in service.methods})
            getattr(stubs, f"add_{name}Servicer_to_server")(silent(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(0)


async def _unary(self: Any, request: Any, context: Any) -> None:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED)


async def _streamed(self: Any, request: Any, context: Any) -> AsyncIterator[Any]:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED)
    yield None


def _to_bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())


async def through(channel: aio.Channel, method: MethodDescriptor, token: str) -> str:
    """Calls a method with nothing in it; answers how that ended."""
    service: Any = method.containing_service
    request = message_factory.GetMessageClass(method.input_type)()
    metadata = (("authorization", f"Bearer {token}"),)
    path, door = f"/{service.full_name}/{method.name}", cast("Any", channel)
    try:
        if method.client_streaming:
            await door.stream_unary(path, _to_bytes)(iter([request]), metadata=metadata)
        elif method.server_streaming:
            async for _ in door.unary_stream(path, _to_bytes)(request, metadata=metadata):
                pass
        else:
            await door.unary_unary(path, _to_bytes)(request, metadata=metadata)
    except aio.AioRpcError as error:
        return refusal_of(error).code
    return "OK"


@pytest.mark.timeout(300)
async def test_the_gate_of_every_method_goes_by_the_reading() -> None:
    chance, found, papers = random.Random(4), Found(), branch_papers()
    known = list(methods())
    forms = sorted({m.GetOptions().Extensions[access_pb2.access].form for _, m in known} - {""})
    async with AsyncExitStack() as stack:
        issuer = stack.enter_context(serving())
        channel = await stack.enter_async_context(open_doors(papers, issuer))
        for policy in (Policy(()), *(a_policy(chance, forms, tuple("abcdef"), 60) for _ in range(POLICIES))):
            papers["access.grants"] = published(policy)
            for who in chance.sample(PEOPLE, 2):
                reading = Reading(policy, who)
                token = issuer.token(
                    aud=["every"], preferred_username=who.number, realm_access={"roles": sorted(who.positions)}
                )
                for service, method in known:
                    wanted = method.GetOptions().Extensions[access_pb2.access]
                    ended = await through(channel, method, token)
                    assert ended in {"UNIMPLEMENTED", "PERMISSION_DENIED"}, (method.full_name, ended)
                    may = wanted.self or (
                        reading.may(wanted.form, wanted.action, EVERYWHERE)
                        if wanted.whole
                        else reading.may_call(wanted.form, wanted.action)
                    )
                    found.said(f"{who.number} {service}.{method.name}", may, ended == "UNIMPLEMENTED")
    print(f"\nevery method: {found.cases} cases, {len(found.leaks)} leaks, {len(found.denials)} wrong denials")
    assert found.verdict() == ""
    assert found.cases == len(known) * 2 * (POLICIES + 1)
