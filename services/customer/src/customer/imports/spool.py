"""Where files lie while they wait, and the error files afterwards."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from customer.imports.refusal import FileRefused

_BLOCK = 256 * 1024


@dataclass(frozen=True)
class Spool:
    """A folder of files, each under the id of its import."""

    folder: Path
    max_bytes: int

    def data(self, job_id: str) -> Path:
        """Answers where the file of an import lies."""
        return self.folder / f"{job_id}.data"

    def errors(self, job_id: str) -> Path:
        """Answers where the error file of an import lies."""
        return self.folder / f"{job_id}.errors.csv"

    async def take_in(self, job_id: str, chunks: AsyncIterator[bytes]) -> str:
        """Writes a file down, safe from a power cut, and answers the hash of its bytes. Raises `FileRefused`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        hashed, size = hashlib.sha256(), 0
        path = self.data(job_id)
        try:
            with path.open("wb") as stream:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self.max_bytes:
                        raise FileRefused("FILE_TOO_LARGE", str(self.max_bytes))
                    hashed.update(chunk)
                    await asyncio.to_thread(stream.write, chunk)
                await asyncio.to_thread(_to_disk, stream.fileno(), stream.flush)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if size == 0:
            path.unlink(missing_ok=True)
            raise FileRefused("FILE_EMPTY")
        return hashed.hexdigest()

    def read_errors(self, job_id: str) -> Iterator[bytes]:
        """Yields the bytes of an error file; none when there is none."""
        path = self.errors(job_id)
        if not path.exists():
            return
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block

    def forget(self, job_id: str) -> None:
        """Forgets everything of an import that was cancelled."""
        self.drop(job_id)
        self.errors(job_id).unlink(missing_ok=True)

    def tidy(self, before: float) -> None:
        """Removes what was last touched before an instant: old error files, and what a kill left behind."""
        for path in self.folder.glob("*"):
            if path.stat().st_mtime >= before:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def drop(self, job_id: str) -> None:
        """Forgets the file of an import that is over."""
        self.data(job_id).unlink(missing_ok=True)


def _to_disk(descriptor: int, flush: object) -> None:
    if callable(flush):
        flush()
    os.fsync(descriptor)
