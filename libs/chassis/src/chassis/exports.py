"""Rows taken out as XLSX files: asked for with a reason, agreed to where the branch wants a second person, written in the
background under the rules in force then, watermarked with who and when, fetched by who asked, and removed after a week.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from crm.common.v1 import access_pb2, export_pb2
from crm.support.v1 import access_events_pb2
from sqlalchemy import Column, Index, MetaData, Row, Table, insert, select, update

from chassis import masking
from chassis.access import AccessBook
from chassis.columns import Id, LongText, Moment, Version, Words
from chassis.database import Database, Unit
from chassis.declarations import Form
from chassis.disclosure import Disclosures, Record
from chassis.errors import DatabaseUnavailable, InvalidField, NotFound, Refusal
from chassis.export_files import write_xlsx
from chassis.identity import Actor, service_actor
from chassis.leases import run_out
from chassis.paging import Page, encode_cursor
from chassis.rights import Columns, RowFacts

log = structlog.get_logger()
KEPT = timedelta(days=7)
_LEASE = timedelta(minutes=5)
_STEP = 500
_BLOCK = 256 * 1024
_STATES = {
    "waiting": export_pb2.ExportJob.STATE_WAITING,
    "writing": export_pb2.ExportJob.STATE_WRITING,
    "ready": export_pb2.ExportJob.STATE_READY,
    "refused": export_pb2.ExportJob.STATE_REFUSED,
    "failed": export_pb2.ExportJob.STATE_FAILED,
    "expired": export_pb2.ExportJob.STATE_EXPIRED,
}
AnyRow = Row[*tuple[Any, ...]]


def exports_table(metadata: MetaData) -> Table:
    """Declares the table in a service's metadata."""
    return Table(
        "exports",
        metadata,
        Column("id", Id, primary_key=True),
        Column("form", Words(64), nullable=False),
        Column("state", Words(12), nullable=False),
        Column("filter_json", LongText, nullable=False),
        Column("columns_json", LongText, nullable=False),
        Column("reason", Words(500), nullable=False),
        Column("row_count", Version, nullable=False),
        Column("written", Version, nullable=False),
        Column("requested_by", Words(64), nullable=False),
        Column("requested_ip", Words(64), nullable=True),
        Column("requested_at", Moment, nullable=False),
        Column("file_name", Words(200), nullable=False),
        Column("approval_id", Id, nullable=True),
        Column("failure", Words(200), nullable=True),
        Column("ended_at", Moment, nullable=True),
        # Who is writing it, and until when that counts unless renewed: a killed writer is succeeded by another.
        Column("holder", Words(64), nullable=True),
        Column("held_until", Moment, nullable=True),
        Index("ix_exports_requested_by", "requested_by", "id"),
        Index("ix_exports_state", "state", "id"),
    )


class ExportNotReady(Refusal):
    """There is no file yet, or no more."""

    reason = "EXPORT_NOT_READY"


@dataclass(frozen=True)
class Source:
    """How the rows of one form are taken out."""

    form: Form
    title: str
    count: Callable[[Unit, str], int]
    """Rows that a filter finds within reach of the caller for taking out."""
    rows: Callable[[Unit, str, int], Iterator[tuple[Any, RowFacts]]]
    """The records themselves, packed without masks, in pieces of a size."""
    below: Callable[[], Mapping[str, str]] | None = None
    """Columns that fields of the record hold by name, with their titles, where the service knows them."""


@dataclass
class Exports:
    """The exports of one service."""

    database: Database
    access: AccessBook
    table: Table
    disclosures: Disclosures
    sources: Mapping[str, Source]
    folder: Path
    name: str

    async def start(
        self, actor: Actor, form: str, request_id: str, filter_json: str, columns: Sequence[str], reason: str
    ) -> export_pb2.ExportJob:
        """Asks for an export; the same request again answers the same one."""
        source = self.sources[form]
        if not 8 <= len(request_id) <= 64:
            raise InvalidField("request_id", "REQUEST_ID_INVALID")
        known = {*source.form.columns, *source.form.keys}
        unknown = [column for column in columns if column not in known or "." in column]
        if unknown:
            raise InvalidField("columns", "COLUMN_UNKNOWN", column=unknown[0])
        # The id follows from the request, so that a repetition after a lost answer finds what was begun.
        export_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{actor.id}/{request_id}"))
        begun = await self.database.read(actor, self._find, export_id)
        if begun is not None:
            return job_of(begun)
        rows = await self.database.read(actor, source.count, filter_json)
        record = Record(form, export_id, source.title, RowFacts())
        approval = await self.disclosures.export(actor, record, rows, filter_json, reason.strip())
        return job_of(
            await self.database.run(
                actor, self._add, export_id, source, filter_json, list(columns), reason.strip(), rows, approval
            )
        )

    async def get(self, actor: Actor, export_id: str) -> export_pb2.ExportJob:
        """Answers an export of the caller's. Raises `NotFound`."""
        return job_of(await self.database.read(actor, self._own, export_id))

    async def page(self, actor: Actor, page: Page) -> tuple[list[export_pb2.ExportJob], str]:
        """Answers a page of the caller's exports, newest first, and the cursor of the next one."""
        rows = await self.database.read(actor, self._page, page)
        more = len(rows) > page.size
        cursor = encode_cursor((rows[page.size - 1].requested_at.isoformat(),)) if more else ""
        return [job_of(row) for row in rows[: page.size]], cursor

    async def chunks(self, actor: Actor, export_id: str) -> Iterator[bytes]:
        """Answers the bytes of a file. Raises `NotFound` or `ExportNotReady`."""
        row = await self.database.read(actor, self._own, export_id)
        if row.state != "ready" or not self._path(row.id).is_file():
            raise ExportNotReady()
        return _blocks(self._path(row.id))

    def decided(self, unit: Unit, event: access_events_pb2.ApprovalDecided) -> None:
        """Goes on with, or stops, an export that somebody decided."""
        if event.kind != "export" or event.form not in self.sources:
            return
        unit.session.execute(
            update(self.table)
            .where(self.table.c.id == event.subject_id, self.table.c.state == "waiting")
            .values(
                state="writing" if event.approved else "refused",
                failure=None if event.approved else (event.comment[:200] or None),
                ended_at=None if event.approved else unit.now(),
            )
        )

    async def run(self) -> None:
        """Writes what waits for it, for ever, and removes what is past its time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.remove_forgotten()
        while True:
            if await self.write_next():
                continue
            await self.remove_old()
            await asyncio.sleep(1)

    async def remove_old(self) -> int:
        """Removes the files that are past their time; answers how many."""
        old = await self.database.run(service_actor(self.name), self._expire)
        for gone in old:
            self._path(gone).unlink(missing_ok=True)
        return len(old)

    def remove_forgotten(self) -> int:
        """Removes files past their time of which the database need not know, after a restore or a kill; answers how many."""
        before = time.time() - KEPT.total_seconds()
        forgotten = [file for file in self.folder.iterdir() if file.stat().st_mtime < before]
        for file in forgotten:
            file.unlink()
        return len(forgotten)

    async def write_next(self) -> bool:
        """Writes one that waits for it; tells whether there was one."""
        actor = service_actor(self.name)
        row = await self.database.run(actor, self._claim)
        if row is not None:
            await self._write(actor, row)
        return row is not None

    async def _write(self, actor: Actor, row: AnyRow) -> None:
        person = self.access.actor_of(row.requested_by)
        try:
            if person is None or not person.active:
                raise InvalidField("requested_by", "PERSON_INACTIVE")
            written = await self.database.read(person, self._write_file, row)
        except DatabaseUnavailable:
            # Its lease runs out and it is written again.
            raise
        except Exception as error:
            log.error("export failed", export=row.id, error=repr(error))
            reason = getattr(error, "reason", "EXPORT_FAILED")
            await self.database.run(actor, self._settle, row.id, "failed", 0, reason)
            return
        await self.database.run(actor, self._settle, row.id, "ready", written, None)

    def _write_file(self, unit: Unit, row: AnyRow) -> int:
        source = self.sources[row.form]
        if not unit.access.allows(unit.actor, row.form, access_pb2.ACTION_EXPORT):
            raise InvalidField("requested_by", "PERMISSION_DENIED")
        path = self._path(row.id).with_suffix(".part")
        wanted: list[str] = json.loads(row.columns_json) or [path for path in source.form.columns if "." not in path]
        rows = self._rows(unit, source, row.filter_json)
        below = source.below() if source.below else None
        written = write_xlsx(path, source.form, wanted, _watermark(unit, row), rows, below)
        path.rename(self._path(row.id))
        return written

    def _rows(self, unit: Unit, source: Source, filter_json: str) -> Iterator[tuple[Any, Columns]]:
        for message, facts in source.rows(unit, filter_json, _STEP):
            columns = unit.columns(source.form.name, facts)
            masking.apply(message, columns)
            yield message, columns

    def _path(self, export_id: str) -> Path:
        return self.folder / f"{uuid.UUID(export_id)}.xlsx"

    def _find(self, unit: Unit, export_id: str) -> AnyRow | None:
        return unit.session.execute(
            select(self.table).where(self.table.c.id == export_id, self.table.c.requested_by == unit.actor.id)
        ).first()

    def _own(self, unit: Unit, export_id: str) -> AnyRow:
        try:
            found = self._find(unit, str(uuid.UUID(export_id)))
        except ValueError:
            found = None
        if found is None:
            raise NotFound(form="export", id=export_id[:64])
        return found

    def _page(self, unit: Unit, page: Page) -> Sequence[AnyRow]:
        t = self.table.c
        where = [t.requested_by == unit.actor.id]
        if page.after is not None:
            where.append(t.requested_at < datetime.fromisoformat(str(page.after[0])))
        return unit.session.execute(
            select(self.table).where(*where).order_by(t.requested_at.desc()).limit(page.size + 1)
        ).all()

    def _add(
        self,
        unit: Unit,
        export_id: str,
        source: Source,
        filter_json: str,
        columns: list[str],
        reason: str,
        rows: int,
        approval: str,
    ) -> AnyRow:
        unit.session.execute(
            insert(self.table).values(
                id=export_id,
                form=source.form.name,
                state="waiting" if approval else "writing",
                filter_json=filter_json,
                columns_json=json.dumps(columns),
                reason=reason[:500],
                row_count=rows,
                written=0,
                requested_by=unit.actor.id,
                requested_ip=unit.actor.ip or None,
                requested_at=unit.now(),
                file_name=f"{source.title}-{unit.now():%Y%m%d-%H%M%S}.xlsx",
                approval_id=approval or None,
            )
        )
        return self._own(unit, export_id)

    def _claim(self, unit: Unit) -> AnyRow | None:
        t = self.table.c
        free = run_out(t.held_until, unit.now(), _LEASE)
        row = unit.session.execute(select(self.table).where(t.state == "writing", free).order_by(t.id).limit(1)).first()
        if row is None:
            return None
        taken = update(self.table).where(t.id == row.id, t.state == "writing", free)
        done: Any = unit.session.execute(taken.values(holder=unit.actor.id, held_until=unit.now() + _LEASE))
        return row if done.rowcount == 1 else None

    def _settle(self, unit: Unit, export_id: str, state: str, written: int, failure: str | None) -> None:
        unit.session.execute(
            update(self.table)
            .where(self.table.c.id == export_id)
            .values(state=state, written=written, failure=failure, ended_at=unit.now(), holder=None, held_until=None)
        )

    def _expire(self, unit: Unit) -> list[str]:
        t = self.table.c
        old = list(unit.session.scalars(select(t.id).where(t.state == "ready", t.ended_at < unit.now() - KEPT)))
        if old:
            unit.session.execute(update(self.table).where(t.id.in_(old)).values(state="expired"))
        return old


def job_of(row: AnyRow) -> export_pb2.ExportJob:
    """Packs an export."""
    job = export_pb2.ExportJob(
        id=row.id,
        form=row.form,
        state=_STATES[row.state],
        rows=row.row_count,
        written=row.written,
        reason=row.failure or "",
        requested_by=row.requested_by,
        name=row.file_name,
        approval_id=row.approval_id or "",
    )
    job.requested_at.FromDatetime(row.requested_at.astimezone(UTC))
    return job


def _watermark(unit: Unit, row: AnyRow) -> str:
    return f"{unit.actor.name} ({unit.actor.id}) · {unit.now():%Y-%m-%d %H:%M:%S} UTC · {row.id}"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
