"""Every method of every contract is answered by its service: none is left to gRPC's own "unimplemented"."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from crm.customer.v1 import customer_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2_grpc
from crm.support.v1 import support_pb2_grpc

from customer.rpc import servicer as customer
from dispatch.rpc import servicer as dispatch
from support.rpc import servicer as support


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
    ],
)
def test_every_method_is_answered(module: Any, contract: type) -> None:
    servicer = answers(module, contract)
    declared: dict[str, Callable[..., Any]] = {name: call for name, call in vars(contract).items() if name[0].isupper()}
    assert declared
    assert [name for name, call in declared.items() if getattr(servicer, name) is call] == []
