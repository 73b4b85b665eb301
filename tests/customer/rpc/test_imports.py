"""A file sent in pieces, loaded in the background, its errors fetched."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crm.customer.v1 import customer_pb2 as pb
from grpc import aio

from customer.storage import tables
from tests.customer.small_archive import IMPORTER, World, customer_row, write_csv


def pieces(path: Path, request_id: str = "f1", form: int = pb.IMPORT_FORM_CUSTOMER) -> Iterator[pb.StartImportRequest]:
    file: Any = {"request_id": request_id, "form": form, "name": path.name}
    yield pb.StartImportRequest(file=pb.ImportFile(**file))
    data = path.read_bytes()
    for at in range(0, len(data), 100):
        yield pb.StartImportRequest(chunk=data[at : at + 100])


async def until_over(caller: Any, job_id: str) -> pb.ImportJob:
    for _ in range(400):
        job: pb.ImportJob = (await caller.GetImport(pb.GetImportRequest(id=job_id))).job
        if job.state not in {pb.ImportJob.STATE_WAITING, pb.ImportJob.STATE_RUNNING}:
            return job
        await asyncio.sleep(0.05)
    raise AssertionError("the import did not end")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def what_is_left(folder: Path) -> list[str]:
    """Names the files once only one is left: the loader tidies up after it has said that it is done."""
    for _ in range(100):
        if len(files(folder)) == 1:
            break
        await asyncio.sleep(0.02)
    return files(folder)


async def test_a_file_is_loaded_and_its_errors_come_back(calling: Any, loader: None, world: World) -> None:
    rows = [customer_row(customer_number="C1"), customer_row(customer_number="C2", owner_number="m999")]
    path = write_csv(world.folder / "客户.csv", rows, encoding="gbk")
    caller = calling(IMPORTER)
    started = (await caller.StartImport(pieces(path))).job
    again = (await caller.StartImport(pieces(path))).job
    assert again.id == started.id
    job = await until_over(caller, started.id)
    assert (job.state, job.read, job.created, job.failed, job.percent) == (pb.ImportJob.STATE_DONE, 2, 1, 1, 100)
    assert (job.started_by, job.name) == ("ods-files", "客户.csv")
    chunks = [
        answer.chunk async for answer in caller.DownloadImportErrors(pb.DownloadImportErrorsRequest(id=started.id))
    ]
    assert "OWNER_UNKNOWN" in b"".join(chunks).decode("utf-8-sig")
    listed = (await caller.ListImports(pb.ListImportsRequest())).jobs
    assert [one.id for one in listed] == [started.id]
    assert await what_is_left(world.worker.spool.folder) == [f"{started.id}.errors.csv"]


async def test_the_request_id_stands_for_one_content(calling: Any, world: World) -> None:
    caller = calling(IMPORTER)
    first = write_csv(world.folder / "in.csv", [customer_row(customer_number="C1")])
    await caller.StartImport(pieces(first))
    other = write_csv(world.folder / "in.csv", [customer_row(customer_number="C2")])
    with pytest.raises(aio.AioRpcError) as caught:
        await caller.StartImport(pieces(other))
    assert "REQUEST_ID_REUSED" in str(caught.value.details())
    assert len(world.rows(tables.import_jobs)) == 1


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([], "REQUIRED"),
        ([pb.StartImportRequest(chunk=b"x")], "REQUIRED"),
        ([pb.StartImportRequest(file=pb.ImportFile(request_id="r", form=pb.IMPORT_FORM_CUSTOMER))], "FILE_EMPTY"),
        ([pb.StartImportRequest(file=pb.ImportFile(request_id="r", name="x.csv"))], "NOT_A_CHOICE"),
    ],
)
async def test_an_upload_that_is_none(
    calling: Any, world: World, parts: list[pb.StartImportRequest], reason: str
) -> None:
    with pytest.raises(aio.AioRpcError) as caught:
        await calling(IMPORTER).StartImport(iter(parts))
    assert caught.value.code().name == "INVALID_ARGUMENT"
    assert reason in str(caught.value.details())
    assert not world.rows(tables.import_jobs)
    folder = world.worker.spool.folder
    assert not folder.exists() or not list(folder.iterdir())


async def test_a_file_beyond_the_limit_is_not_kept(calling: Any, world: World) -> None:
    object.__setattr__(world.worker.spool, "max_bytes", 150)
    path = write_csv(world.folder / "in.csv", [customer_row()] * 3)
    with pytest.raises(aio.AioRpcError) as caught:
        await calling(IMPORTER).StartImport(pieces(path))
    assert "FILE_TOO_LARGE" in str(caught.value.details())
    assert not list(world.worker.spool.folder.iterdir())
