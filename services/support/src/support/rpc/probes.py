"""Asks the service that owns a form what a person would see there."""

from collections.abc import Mapping

import grpc
import httpx
import structlog
from crm.access.v1 import probe_pb2
from crm.access.v1.probe_pb2_grpc import AccessProbeServiceStub
from grpc import aio

from chassis.errors import InvalidField, NotFound, Refusal
from chassis.refused import reason_of

log = structlog.get_logger()
_DEADLINE = 4.0


class ProbeUnavailable(Refusal):
    """The service that owns the form does not answer."""

    reason = "UPSTREAM_UNAVAILABLE"
    kind = "unavailable"


class Probes:
    """The services that own forms, by the first part of the form's name."""

    def __init__(self, channels: Mapping[str, aio.Channel]) -> None:
        self._stubs = {name: AccessProbeServiceStub(channel) for name, channel in channels.items()}

    async def explain(self, request: probe_pb2.ExplainRowRequest) -> probe_pb2.ExplainRowResponse:
        """Answer what the owner says of one row."""
        service, stub = self._stub(request.form)
        try:
            return await stub.ExplainRow(request, timeout=_DEADLINE)
        except aio.AioRpcError as error:
            raise _refused(service, request.form, error) from error
        except httpx.HTTPError as error:  # no token to ask with: the issuer is away
            raise ProbeUnavailable(service=service) from error

    async def preview(self, request: probe_pb2.PreviewRowsRequest) -> probe_pb2.PreviewRowsResponse:
        """Answer what the owner shows of the rows."""
        service, stub = self._stub(request.form)
        try:
            return await stub.PreviewRows(request, timeout=_DEADLINE)
        except aio.AioRpcError as error:
            raise _refused(service, request.form, error) from error
        except httpx.HTTPError as error:  # no token to ask with: the issuer is away
            raise ProbeUnavailable(service=service) from error

    def _stub(self, form: str) -> tuple[str, AccessProbeServiceStub]:
        service = form.partition(".")[0]
        stub = self._stubs.get(service)
        if stub is None:
            raise NotFound(form=form[:64], id="")
        return service, stub


def _refused(service: str, form: str, error: aio.AioRpcError) -> Refusal:
    if error.code() is grpc.StatusCode.NOT_FOUND:
        return NotFound(form=form, id="")
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return _invalid(error)
    log.warning("a probe was not answered", service=service, form=form, code=error.code().name)
    return ProbeUnavailable(service=service)


def _invalid(error: aio.AioRpcError) -> InvalidField:
    """Pass on which field the owner found wrong, and why."""
    reason, data = reason_of(error) or ("FIELD_INVALID", {})
    return InvalidField(data.get("field", "form"), reason)
