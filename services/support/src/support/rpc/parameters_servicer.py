"""The calls about parameters and fields of the branch's own: unpack, action, pack."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from crm.support.v1 import parameters_pb2 as pb
from crm.support.v1 import parameters_pb2_grpc
from grpc.aio import ServicerContext

from chassis.clock import Clock, business_day
from chassis.database import Database
from chassis.identity import caller
from chassis.paging import read_page
from support import parameters_document as packing
from support.actions.extra_fields import delete_extra_field, find_column_uses, list_extra_fields, set_extra_field
from support.actions.parameters import (
    Shelf,
    list_changes,
    list_parameters,
    list_values,
    preview_parameter,
    revert_parameter,
    set_parameter,
)
from support.declared_forms import Bucket
from support.declared_parameters import declared_parameters, forms_with_extra, known_columns
from support.rpc import parameters_messages as messages

log = structlog.get_logger()
Context = ServicerContext[Any, Any]


class ParameterServicer(parameters_pb2_grpc.ParameterServiceServicer):
    """Parameters and thresholds, and the fields that the branch adds to archive forms."""

    def __init__(
        self,
        database: Database,
        documents: Bucket,
        clock: Clock,
        zone: ZoneInfo,
        publish: Callable[[], Awaitable[object]],
    ) -> None:
        self._database = database
        self._publish = publish
        self._documents = documents
        self._clock = clock
        self._zone = zone

    async def ListParameters(self, request: pb.ListParametersRequest, context: Context) -> pb.ListParametersResponse:
        """List every parameter as it stands at a unit."""
        views = await self._database.read(caller(), list_parameters, request.unit_id, request.group, self._shelf())
        return pb.ListParametersResponse(parameters=[messages.view(view) for view in views])

    async def ListParameterValues(
        self, request: pb.ListParameterValuesRequest, context: Context
    ) -> pb.ListParameterValuesResponse:
        """List everything ever set of a parameter."""
        values = await self._database.read(caller(), list_values, request.key, self._shelf())
        return pb.ListParameterValuesResponse(values=[packing.value(value) for value in values])

    async def PreviewParameter(
        self, request: pb.PreviewParameterRequest, context: Context
    ) -> pb.PreviewParameterResponse:
        """Show what a value would change."""
        shelf = self._shelf()
        wanted = messages.wanted(request.value, shelf.today)
        return messages.effects(await self._database.read(caller(), preview_parameter, wanted, shelf))

    async def SetParameter(self, request: pb.SetParameterRequest, context: Context) -> pb.SetParameterResponse:
        """Set a value, or take a unit's own away."""
        shelf = self._shelf()
        wanted = messages.wanted(request.value, shelf.today)
        view = await self._change(set_parameter, request.request_id, request.version, wanted, shelf)
        return pb.SetParameterResponse(parameter=messages.view(view))

    async def RevertParameter(self, request: pb.RevertParameterRequest, context: Context) -> pb.RevertParameterResponse:
        """Take a change back."""
        view = await self._change(revert_parameter, request.value_id, self._shelf())
        return pb.RevertParameterResponse(parameter=messages.view(view))

    async def ListParameterChanges(
        self, request: pb.ListParameterChangesRequest, context: Context
    ) -> pb.ListParameterChangesResponse:
        """List what was changed."""
        rows, after = await self._database.read(caller(), list_changes, request.key, read_page(request.page))
        return messages.changes(rows, after)

    async def FindColumnUses(self, request: pb.FindColumnUsesRequest, context: Context) -> pb.FindColumnUsesResponse:
        """Say where a column is used."""
        shelf = self._shelf()
        found = await self._database.read(
            caller(), find_column_uses, request.form, request.column, shelf.declared, shelf.today
        )
        return messages.uses(found)

    async def SetExtraField(self, request: pb.SetExtraFieldRequest, context: Context) -> pb.SetExtraFieldResponse:
        """Add a field or change its titles and choices."""
        wanted = messages.read_field(request.field)
        after = await self._change(set_extra_field, wanted, forms_with_extra(self._documents))
        return pb.SetExtraFieldResponse(field=packing.extra_field(after))

    async def DeleteExtraField(
        self, request: pb.DeleteExtraFieldRequest, context: Context
    ) -> pb.DeleteExtraFieldResponse:
        """Remove a field that nothing names."""
        shelf = self._shelf()
        await self._change(delete_extra_field, request.form, request.name, shelf.declared, shelf.today)
        return pb.DeleteExtraFieldResponse()

    async def ListExtraFields(self, request: pb.ListExtraFieldsRequest, context: Context) -> pb.ListExtraFieldsResponse:
        """List the fields."""
        found = await self._database.read(caller(), list_extra_fields, request.form)
        return pb.ListExtraFieldsResponse(fields=[packing.extra_field(field) for field in found])

    async def _change(self, action: Callable[..., Any], *args: Any) -> Any:
        """Run a change; what it publishes is out before the answer."""
        answer = await self._database.run(caller(), action, *args)
        try:
            await self._publish()
        except Exception as error:  # the broker is away: what waits goes out when it is back
            log.warning("settings wait for publication", error=repr(error))
        return answer

    def _shelf(self) -> Shelf:
        return Shelf(
            declared=declared_parameters(self._documents),
            known_column=partial(known_columns, self._documents),
            today=business_day(self._clock.now(), self._zone),
        )
