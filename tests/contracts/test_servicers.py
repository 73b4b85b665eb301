"""Every method of every contract is answered by its service: none is left to gRPC's own "unimplemented"."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from crm.access.v1 import probe_pb2_grpc
from crm.customer.v1 import customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2_grpc
from crm.operations.v1 import dead_letters_pb2_grpc
from crm.support.v1 import (
    access_pb2_grpc,
    audit_pb2_grpc,
    organisation_pb2_grpc,
    parameters_pb2_grpc,
    support_pb2_grpc,
    systems_pb2_grpc,
)
from crm.telemetry.v1 import telemetry_pb2_grpc

from chassis import dead_letter_calls, probe
from customer.rpc import servicer as customer
from dispatch.rpc import servicer as dispatch
from support.rpc import (
    access_servicer,
    audit_servicer,
    organisation_servicer,
    parameters_servicer,
    systems_servicer,
)
from support.rpc import servicer as support
from telemetry.rpc import servicer as telemetry


def answers(module: Any, contract: type) -> type:
    found = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, contract) and kind is not contract
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("module", "contract"),
    [
        (customer, customer_pb2_grpc.CustomerServiceServicer),
        (dispatch, dispatch_pb2_grpc.DispatchServiceServicer),
        (support, support_pb2_grpc.SupportServiceServicer),
        (access_servicer, access_pb2_grpc.AccessServiceServicer),
        (audit_servicer, audit_pb2_grpc.AuditServiceServicer),
        (organisation_servicer, organisation_pb2_grpc.OrganisationServiceServicer),
        (parameters_servicer, parameters_pb2_grpc.ParameterServiceServicer),
        (systems_servicer, systems_pb2_grpc.SystemServiceServicer),
        (telemetry, telemetry_pb2_grpc.TelemetryServiceServicer),
        (probe, probe_pb2_grpc.AccessProbeServiceServicer),
        (dead_letter_calls, dead_letters_pb2_grpc.DeadLetterServiceServicer),
    ],
)
def test_every_method_is_answered(module: Any, contract: type) -> None:
    servicer = answers(module, contract)
    declared: dict[str, Callable[..., Any]] = {name: call for name, call in vars(contract).items() if name[0].isupper()}
    assert declared
    assert [name for name, call in declared.items() if getattr(servicer, name) is call] == []
