"""What no part tells of itself: room on the disks, the last backup, certificates of others."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

import structlog
from cryptography import x509
from nats.js.errors import NotFoundError

from chassis.nats import Bus
from telemetry.domain.backup import Backup, read_backup, read_drill
from telemetry.domain.parts import Board, Gauge

log = structlog.get_logger()
EVERY = 10.0
BUCKET, KEY = "operations", "backup.status"


@dataclass
class Surroundings:
    """Looks around every few seconds."""

    board: Board
    bus: Bus
    now: Callable[[], datetime]
    disks: Mapping[str, Path]
    certificates: Mapping[str, Path]

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            self.look()
            await self._backup()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Looks at disks and certificates."""
        for part, folder in self.disks.items():
            if (found := _room(folder)) is not None:
                self.board.disks[part] = found
        for part, file in self.certificates.items():
            if (ends := _expiry(file)) is not None:
                left = (ends - self.now()).total_seconds() / 86_400
                self.board.part(part).gauges["crm.certificate.days_left", file.name] = Gauge(left, self.now())

    async def _backup(self) -> None:
        try:
            bucket = await self.bus.jetstream.key_value(BUCKET)
            entry = await bucket.get(KEY)
        except NotFoundError:
            return
        except Exception as error:
            # The broker is away, which is told elsewhere; the last word of the backup stays, and it may have said more since.
            log.debug("the backup's status cannot be read", error=repr(error))
            if self.board.backup_heard_at is not None:
                self.board.backup_heard_at = self.now()
            return
        self.hear(entry.value or b"")

    def hear(self, document: bytes) -> None:
        """Takes in what the backup says."""
        if (told := read_status(document)) is None:
            return
        if told.seen_at is not None and (self.board.backup is None or self.board.backup.seen_at != told.seen_at):
            self.board.backup_heard_at = self.now()
        if told.room is not None:
            self.board.disks["backup"] = told.room
        self.board.backup = told


def read_status(document: bytes) -> Backup | None:
    """Reads the document that the backup writes; one that is none says nothing."""
    try:
        held = json.loads(document)
    except ValueError:
        return None
    if not isinstance(held, dict):
        return None
    whole = cast("dict[str, object]", held)
    drill = whole.get("drill")
    return replace(
        read_backup(whole), drill=read_drill(cast("dict[str, object]", drill)) if isinstance(drill, dict) else None
    )


def _room(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def _expiry(file: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
