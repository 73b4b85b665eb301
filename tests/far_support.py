"""Support as other services meet it when something is to be disclosed: the real protocol, answers as a test sets them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import access_pb2_grpc
from grpc import aio
from grpc_status import rpc_status

from chassis.access import AccessBook
from chassis.database import Database
from chassis.disclosure import Disclosures
from chassis.errors import RefusalLike
from chassis.exports import Exports, Source
from chassis.interceptors import to_status


@dataclass
class FarSupport(access_pb2_grpc.AccessServiceServicer):
    """Grants what it is asked unless told otherwise, and remembers every question."""

    asked: list[pb.AuthoriseDisclosureRequest] = field(default_factory=list[pb.AuthoriseDisclosureRequest])
    answer: pb.AuthoriseDisclosureResponse = field(
        default_factory=lambda: pb.AuthoriseDisclosureResponse(granted=True, left_today=19)
    )
    refusal: RefusalLike | None = None

    @classmethod
    def new(cls) -> "FarSupport":
        """Answers a far side that grants."""
        return cls()  # pyright: ignore[reportAbstractUsage]  # one call is enough

    async def AuthoriseDisclosure(
        self, request: pb.AuthoriseDisclosureRequest, context: Any
    ) -> pb.AuthoriseDisclosureResponse:
        self.asked.append(request)
        if self.refusal is not None:
            await context.abort_with_status(rpc_status.to_status(to_status(self.refusal, "crm.support")))
        return self.answer


@asynccontextmanager
async def serving(support: FarSupport) -> AsyncGenerator[Disclosures]:
    """Answers a client that asks this support over a real channel."""
    server = aio.server()
    access_pb2_grpc.add_AccessServiceServicer_to_server(support, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Disclosures(channel)
    await server.stop(0)


def exports_of(
    database: Database,
    access: AccessBook,
    table: Any,
    disclosures: Disclosures,
    sources: dict[str, Source],
    folder: Path,
) -> Exports:
    """Answers the exports of a service under test."""
    return Exports(database, access, table, disclosures, sources, folder / "exports", "test")
