"""Files in and out: uploads stream to the service in pieces and are never held here; downloads the same way back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import grpc
from crm.customer.v1 import customer_pb2 as pb
from fastapi import APIRouter, Request, Response
from google.protobuf import json_format
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from chassis.ids import new_id
from gateway import forward
from gateway.admission import Admission
from gateway.edge import client_ip, headers_of, refuse_large, text_of, too_large
from gateway.forward import Passport
from gateway.problems import refused
from gateway.settings import GatewaySettings
from gateway.upstreams import Route

_START: Final = "/crm.customer.v1.CustomerService/StartImport"
_EXPORTS: Final = {
    "customer": "/crm.customer.v1.CustomerService/DownloadExport",
    "dispatch": "/crm.dispatch.v1.DispatchService/DownloadExport",
}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ERRORS: Final = "/crm.customer.v1.CustomerService/DownloadImportErrors"
# Small pieces of the network are put together into pieces worth a message; the contract allows up to 1 MiB.
_PIECE = 256 * 1024
_UPLOAD_SECONDS = 3600.0
_DOWNLOAD_SECONDS = 600.0
_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True)
class Files:
    """The paths under `/files`."""

    settings: GatewaySettings
    routes: dict[str, Route]
    admission: Admission

    def router(self) -> APIRouter:
        """The paths."""
        router = APIRouter(prefix="/files")
        router.add_api_route("/imports", self.start_import, methods=["POST"])
        router.add_api_route("/imports/{job}/errors", self.download_errors, methods=["GET"])
        router.add_api_route("/exports/{service}/{export}", self.download_export, methods=["GET"])
        return router

    async def start_import(self, request: Request, form: str = "", name: str = "") -> Response:
        """Streams a file to the archive, which starts loading it."""
        headers = headers_of(request.scope)
        passport = await self._passport(request, _UPLOAD_SECONDS, changing=True)
        refuse_large(headers, self.settings.upload_limit, "FILE_TOO_LARGE")
        file = pb.ImportFile(
            request_id=text_of(headers, b"x-request-id") or new_id(), form=_form(form), name=name[:200]
        )
        try:
            raw = await forward.upload(self._route(_START), self._parts(file, request), passport)
        except ClientDisconnect:
            return Response(status_code=499)
        return _json(pb.StartImportResponse.FromString(raw).job)

    async def _parts(self, file: pb.ImportFile, request: Request) -> AsyncIterator[bytes]:
        yield pb.StartImportRequest(file=file).SerializeToString()
        waiting, size = bytearray(), 0
        async for part in request.stream():
            size += len(part)
            if size > self.settings.upload_limit:
                raise too_large(self.settings.upload_limit, "FILE_TOO_LARGE")
            waiting += part
            while len(waiting) >= _PIECE:
                yield pb.StartImportRequest(chunk=bytes(waiting[:_PIECE])).SerializeToString()
                del waiting[:_PIECE]
        if waiting:
            yield pb.StartImportRequest(chunk=bytes(waiting)).SerializeToString()

    async def download_errors(self, request: Request, job: str) -> Response:
        """Streams the refused rows of an import back, with the reason beside each."""
        return await self._download(request, _ERRORS, job, "errors.csv", "text/csv; charset=utf-8")

    async def download_export(self, request: Request, service: str, export: str, name: str = "") -> Response:
        """Streams the file of an export of the caller's; `name` is what the browser saves it under."""
        path = _EXPORTS.get(service, "")
        return await self._download(request, path, export, name[:200] or f"{export}.xlsx", _XLSX)

    async def _download(self, request: Request, path: str, job: str, name: str, kind: str) -> Response:
        passport = await self._passport(request, _DOWNLOAD_SECONDS, changing=False)
        route = self._route(path)
        parts = forward.stream(route, route.request(id=job).SerializeToString(), passport)
        # The first piece is waited for, so that a refusal is still an answer and not a torn file.
        first = await anext(parts, None)

        async def body() -> AsyncIterator[bytes]:
            if first is None:
                return
            yield _chunk(route, first)
            async for part in parts:
                yield _chunk(route, part)

        headers = {**_NO_STORE, "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return StreamingResponse(body(), media_type=kind, headers=headers)

    def _route(self, path: str) -> Route:
        route = self.routes.get(path)
        if route is None:
            raise refused(grpc.StatusCode.UNAVAILABLE, "UPSTREAM_UNAVAILABLE", "the archive is not configured")
        return route

    async def _passport(self, request: Request, seconds: float, *, changing: bool) -> Passport:
        headers = headers_of(request.scope)
        admitted = await self.admission.admit(headers, changing=changing)
        ip = client_ip(request.scope, headers, self.settings.trusted_proxies)
        return forward.passport(headers, admitted.authorization, ip, seconds)


def _chunk(route: Route, part: bytes) -> bytes:
    message: Any = route.response.FromString(part)
    return bytes(message.chunk)


def _form(word: str) -> pb.ImportForm.ValueType:
    try:
        return pb.ImportForm.Value(f"IMPORT_FORM_{word.upper()}")
    except ValueError:
        known = ", ".join(name.removeprefix("IMPORT_FORM_").lower() for name in pb.ImportForm.keys()[1:])
        raise refused(
            grpc.StatusCode.INVALID_ARGUMENT, "IMPORT_FORM_UNKNOWN", f"form must be one of {known}", field="form"
        ) from None


def _json(job: pb.ImportJob) -> Response:
    text = json_format.MessageToJson(job, indent=None, ensure_ascii=False)
    return Response(text, media_type="application/json", headers=_NO_STORE)
