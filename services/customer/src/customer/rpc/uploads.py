"""Takes the pieces of an upload apart: first what the file is, then its bytes."""

from collections.abc import AsyncIterator

from crm.customer.v1 import customer_pb2 as pb

from customer.domain.errors import FieldRefused
from customer.imports.refusal import FileRefused
from customer.imports.spool import Spool

Pieces = AsyncIterator[pb.StartImportRequest]


async def file_of(pieces: Pieces) -> pb.ImportFile:
    """Answers what the file is; refuses an upload that begins with anything else."""
    async for piece in pieces:
        if piece.WhichOneof("part") == "file":
            return piece.file
        break
    raise FieldRefused("file", "REQUIRED")


async def taken_in(spool: Spool, job_id: str, pieces: Pieces) -> str:
    """Writes the bytes down and answers their hash."""
    try:
        return await spool.take_in(job_id, _chunks(pieces))
    except FileRefused as refused:
        raise FieldRefused("chunk", refused.reason, detail=refused.detail) from refused


async def _chunks(pieces: Pieces) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if piece.WhichOneof("part") != "chunk":
            raise FieldRefused("file", "FILE_TWICE")
        yield piece.chunk
