"""The calls of the archive: unpack, action, pack."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from zoneinfo import ZoneInfo

from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_pb2 as pb
from crm.customer.v1 import customer_pb2_grpc
from grpc.aio import ServicerContext

from chassis.access import AccessBook
from chassis.database import Database
from chassis.disclosure import Disclosures, Record
from chassis.exports import Exports
from chassis.identity import Actor, caller
from chassis.ids import new_id
from chassis.paging import read_page
from chassis.rights import READ
from customer.actions.cancel_appointment import cancel_appointment
from customer.actions.cancel_import import cancel_import
from customer.actions.create_appointment import create_appointment
from customer.actions.create_customer import create_customer
from customer.actions.find_masked_value import find_masked_value
from customer.actions.find_owners import find_owners
from customer.actions.get_customer import get_customer
from customer.actions.get_import import get_import
from customer.actions.list_customer_changes import list_customer_changes
from customer.actions.list_customers import list_customers
from customer.actions.list_imports import list_imports
from customer.actions.start_import import Upload, start_import
from customer.actions.update_customer import update_customer
from customer.domain.extra import NO_EXTRAS, Extras
from customer.domain.organisation import Organisation
from customer.imports.worker import ImportWorker
from customer.rpc import messages, requests
from customer.rpc.shown import Shown
from customer.rpc.taking_out import filter_text
from customer.rpc.uploads import file_of, taken_in
from customer.storage.reach import CUSTOMER, IMPORT

Context = ServicerContext[Any, Any]


class CustomerServicer(customer_pb2_grpc.CustomerServiceServicer):
    """The customer archive."""

    def __init__(
        self,
        database: Database,
        imports: ImportWorker,
        zone: ZoneInfo,
        access: AccessBook,
        disclosures: Disclosures,
        exports: Exports,
        extras: Callable[[], Extras] = lambda: NO_EXTRAS,
    ) -> None:
        self._database = database
        self._access = access
        self._disclosures = disclosures
        self._exports = exports
        self._imports = imports
        self._zone = zone
        self._extras = extras

    async def GetCustomer(self, request: pb.GetCustomerRequest, context: Context) -> pb.GetCustomerResponse:
        """Answers one customer whole."""
        actor = caller()
        whole = messages.whole(self._shown(actor), await self._database.read(actor, get_customer, request.id))
        self._name(whole.customer)
        return whole

    async def ListCustomers(self, request: pb.ListCustomersRequest, context: Context) -> pb.ListCustomersResponse:
        """Lists customers in reach of the caller."""
        actor, wanted = caller(), requests.customer_filter(request)
        page = await self._database.read(actor, list_customers, wanted, read_page(request.page))
        answer = messages.customers(self._shown(actor), page)
        for one in answer.customers:
            self._name(one)
        return answer

    def _shown(self, actor: Actor) -> Shown:
        return Shown(self._access, actor, self._extras())

    def _name(self, customer: pb.Customer) -> pb.Customer:
        """Puts the names of the two managers beside their numbers: they come from memory, not from the database."""
        customer.owner_name = self._access.name_of(customer.owner_number)
        customer.seat_name = self._access.name_of(customer.seat_number)
        return customer

    async def CreateCustomer(self, request: pb.CreateCustomerRequest, context: Context) -> pb.CreateCustomerResponse:
        """Adds a customer."""
        actor, values = caller(), requests.new_customer(request.customer)
        added = await self._database.run(
            actor, create_customer, request.request_id, values, self._branch(), self._extras()
        )
        return pb.CreateCustomerResponse(customer=self._name(messages.customer(self._shown(actor), added)))

    async def UpdateCustomer(self, request: pb.UpdateCustomerRequest, context: Context) -> pb.UpdateCustomerResponse:
        """Changes named fields of a customer."""
        actor, values = caller(), requests.changed_fields(request)
        changed = await self._database.run(
            actor,
            update_customer,
            request.id,
            request.version,
            values,
            self._branch(),
            self._extras(),
            request.request_id,
        )
        return pb.UpdateCustomerResponse(customer=self._name(messages.customer(self._shown(actor), changed)))

    async def ListCustomerChanges(
        self, request: pb.ListCustomerChangesRequest, context: Context
    ) -> pb.ListCustomerChangesResponse:
        """Lists what was changed on a customer and everything below it."""
        actor, page = caller(), read_page(request.page)
        found = await self._database.read(actor, list_customer_changes, request.id, page)
        return messages.changes(self._shown(actor), found, page.size)

    async def FindOwners(self, request: pb.FindOwnersRequest, context: Context) -> pb.FindOwnersResponse:
        """Finds who is answerable, and says why."""
        queries = requests.owner_queries(request)
        return messages.owners(await self._database.read(caller(), find_owners, queries, self._branch()))

    async def CreateAppointment(
        self, request: pb.CreateAppointmentRequest, context: Context
    ) -> pb.CreateAppointmentResponse:
        """Books a service at a customer's."""
        actor, values = caller(), requests.appointment(request.appointment)
        booked = await self._database.run(actor, create_appointment, request.request_id, values, self._zone)
        return pb.CreateAppointmentResponse(appointment=messages.booked(self._shown(actor), booked))

    async def CancelAppointment(
        self, request: pb.CancelAppointmentRequest, context: Context
    ) -> pb.CancelAppointmentResponse:
        """Cancels a booked service."""
        actor, reason = caller(), request.reason.strip()
        cancelled = await self._database.run(actor, cancel_appointment, request.id, request.version, reason)
        return pb.CancelAppointmentResponse(appointment=messages.booked(self._shown(actor), cancelled))

    async def StartImport(
        self, request_iterator: AsyncIterator[pb.StartImportRequest], context: Context
    ) -> pb.StartImportResponse:
        """Takes a file in and starts loading it."""
        job_id = new_id()
        file = await file_of(request_iterator)
        form = requests.import_form(file)
        content_hash = await taken_in(self._imports.spool, job_id, request_iterator)
        upload = Upload(job_id, file.request_id, form, file.name[-200:], content_hash)
        try:
            job = await self._database.run(caller(), start_import, upload)
        except BaseException:
            self._imports.spool.drop(job_id)
            raise
        self._imports.welcome(job_id, job)
        return pb.StartImportResponse(job=messages.job(job))

    async def GetImport(self, request: pb.GetImportRequest, context: Context) -> pb.GetImportResponse:
        """Answers how far an import is."""
        return pb.GetImportResponse(job=messages.job(await self._database.read(caller(), get_import, request.id)))

    async def ListImports(self, request: pb.ListImportsRequest, context: Context) -> pb.ListImportsResponse:
        """Lists imports, newest first."""
        page = read_page(request.page)
        jobs, total = await self._database.read(caller(), list_imports, page)
        return messages.jobs(jobs, total, page.size)

    async def CancelImport(self, request: pb.CancelImportRequest, context: Context) -> pb.CancelImportResponse:
        """Stops an import; what it has loaded so far is undone."""
        job = await self._database.run(caller(), cancel_import, request.id)
        self._imports.stop(job.id)
        return pb.CancelImportResponse(job=messages.job(job))

    async def DownloadImportErrors(
        self, request: pb.DownloadImportErrorsRequest, context: Context
    ) -> AsyncIterator[pb.DownloadImportErrorsResponse]:
        """Answers the refused rows as CSV: as they were to who brought them, to others what no rule closes to them."""
        actor = caller()
        job = await self._database.read(actor, get_import, request.id, IMPORT)
        opens = None if (job.actor_kind, job.actor_id) == (actor.kind, actor.id) else self._opens(actor)
        for chunk in self._imports.errors(job, opens):
            yield pb.DownloadImportErrorsResponse(chunk=chunk)

    def _opens(self, actor: Actor) -> Callable[[str], bool]:
        return lambda column: not self._access.closes(actor, CUSTOMER, column, READ)

    async def Unmask(self, request: pb.UnmaskRequest, context: Context) -> pb.UnmaskResponse:
        """Answers one masked value in full, once support has recorded why."""
        actor = caller()
        found = await self._database.read(
            actor, find_masked_value, request.form, request.id, request.column, request.item_id
        )
        record = Record(request.form, found.record_id, found.label, found.facts)
        left = await self._disclosures.unmask(actor, record, request.column, request.reason.strip())
        return pb.UnmaskResponse(value=found.value, left_today=left)

    async def StartExport(self, request: pb.StartExportRequest, context: Context) -> pb.StartExportResponse:
        """Takes rows out as a file, or asks a second person first."""
        job = await self._exports.start(
            caller(), CUSTOMER, request.request_id, filter_text(request), request.columns, request.reason
        )
        return pb.StartExportResponse(job=job)

    async def GetExport(self, request: pb.GetExportRequest, context: Context) -> pb.GetExportResponse:
        """Answers how an export of the caller's stands."""
        return pb.GetExportResponse(job=await self._exports.get(caller(), request.id))

    async def ListExports(self, request: pb.ListExportsRequest, context: Context) -> pb.ListExportsResponse:
        """Lists the caller's exports, newest first."""
        jobs, cursor = await self._exports.page(caller(), read_page(request.page))
        return pb.ListExportsResponse(jobs=jobs, page=page_pb2.PageInfo(next_cursor=cursor))

    async def DownloadExport(
        self, request: pb.DownloadExportRequest, context: Context
    ) -> AsyncIterator[pb.DownloadExportResponse]:
        """Streams the file of an export of the caller's."""
        for chunk in await self._exports.chunks(caller(), request.id):
            yield pb.DownloadExportResponse(chunk=chunk)

    def _branch(self) -> Organisation:
        return self._imports.branch()
