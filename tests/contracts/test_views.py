"""A call that shows one record to a person says so in its contract, and says it rightly."""

from collections.abc import Iterator

from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from google.protobuf.descriptor import MethodDescriptor

from chassis.interceptors import permission_of
from chassis.views import view_of
from support.messaging.subscribe import SERVICES

CONTRACTS = {"customer": customer_pb2, "dispatch": dispatch_pb2}


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    for service, contract in CONTRACTS.items():
        for described in contract.DESCRIPTOR.services_by_name.values():
            for method in described.methods:
                yield service, method


def path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def test_what_is_recorded_is_the_record_that_is_shown() -> None:
    found = {(service, method.name): view for service, method in methods() if (view := view_of(path(method)))}
    assert set(found) >= {("customer", "GetCustomer"), ("dispatch", "GetTask")}
    for service, method in methods():
        view = view_of(path(method))
        if view is None:
            continue
        access = permission_of(path(method))
        assert access is not None
        assert (view.form, access_pb2.ACTION_SEE) == (access.form, access.action)
        assert view.id_field in method.input_type.fields_by_name, path(method)
        # Only calls with one question and one answer are watched (chassis.interceptors).
        assert not method.client_streaming, path(method)
        assert not method.server_streaming, path(method)
        assert service in SERVICES, "support listens to every service that shows records"
