"""The broker's streams and buckets by JetStream's own snapshots, and back.

JetStream sends a stream as chunks that are answered one by one; each becomes a frame (length, bytes) of a sealed file.
"""

import asyncio
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from backup_tool.catalogue import Catalogue, Snapshot, new_id
from backup_tool.errors import BackupError, DamagedError
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import SUFFIX, seal, unseal, write_whole

_CHUNK = 128 * 1024
_PATIENCE = 30.0
# Nothing anybody will look for: probes, and what is told about the backups themselves.
PASSING = ("CANARY", "KV_operations")
# Written from the database by support; what an older one says must not be heard.
FROM_DATABASE = "KV_settings"
# Sign-ins of a time that a restore to the past has undone.
SIGN_INS = "KV_sessions"


async def connect(settings: BackupSettings, restoring: bool = False) -> Client:
    """Connect to the broker, once."""
    try:
        return await nats.connect(**settings.broker(restoring), name="backup", allow_reconnect=False)
    except (NatsError, OSError, TimeoutError) as error:
        raise BackupError(f"the broker {settings.nats_url} cannot be reached: {error!r}") from error


async def names(client: Client) -> list[str]:
    """List every stream; a bucket is a stream whose name begins with KV_."""
    found: list[str] = []
    while True:
        answer = await _ask(client, "STREAM.NAMES", {"offset": len(found)})
        page: list[str] = answer.get("streams") or []
        found += page
        if not page or len(found) >= int(answer.get("total", 0)):
            return sorted(found)


async def take(settings: BackupSettings, catalogue: Catalogue, key: Key, say: Callable[[str], object]) -> Snapshot:
    """Take a snapshot of every stream."""
    client = await connect(settings)
    taken = datetime.now(UTC)
    folder = catalogue.root / "streams" / new_id(taken)
    total = 0
    try:
        kept = [name for name in await names(client) if name not in PASSING]
        for name in kept:
            with tempfile.TemporaryFile() as frames:
                head = await _download(client, name, frames)
                frames.seek(0)
                source = io.BytesIO(_frame(json.dumps(head).encode()))
                total += seal(_Joined(source, frames), folder / f"{name}{SUFFIX}", key).bytes
    finally:
        await client.close()
    write_whole(folder / "record.json", json.dumps({"taken_at": taken.isoformat(), "streams": kept}))
    say(f"snapshot of {len(kept)} streams: {total >> 10} KB sealed")
    return Snapshot(folder.name, taken, tuple(kept), folder)


async def put_back(settings: BackupSettings, snapshot: Snapshot, key: Key, leave_out: Sequence[str] = ()) -> list[str]:
    """Have every stream of a snapshot as it was; one that is there now is removed first."""
    client = await connect(settings, restoring=True)
    restored: list[str] = []
    try:
        for name in snapshot.streams:
            if name in leave_out:
                continue
            with tempfile.TemporaryFile() as frames:
                unseal(snapshot.folder / f"{name}{SUFFIX}", key, frames.write)
                frames.seek(0)
                await remove(client, [name])
                await _upload(client, name, frames)
            restored.append(name)
    finally:
        await client.close()
    return restored


async def remove(client: Client, streams: Sequence[str]) -> None:
    """Remove streams that are there."""
    for name in streams:
        if name in await names(client):
            await _ask(client, f"STREAM.DELETE.{name}", {})


class _Joined:
    """One source after the other."""

    def __init__(self, *sources: IO[bytes]) -> None:
        self._sources = list(sources)

    def read(self, size: int) -> bytes:
        while self._sources:
            if piece := self._sources[0].read(size):
                return piece
            self._sources.pop(0)
        return b""


async def _download(client: Client, name: str, frames: IO[bytes]) -> dict[str, Any]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        asked = {"deliver_subject": inbox, "no_consumers": False, "chunk_size": _CHUNK, "jsck": True}
        head = await _ask(client, f"STREAM.SNAPSHOT.{name}", asked)
        while True:
            message = await subscription.next_msg(timeout=_PATIENCE)
            if not message.data:
                _refuse_bad_end(name, message.headers or {})
                return {"config": head["config"], "state": head["state"]}
            frames.write(_frame(message.data))
            if message.reply:
                await client.publish(message.reply, b"")
    except TimeoutError as error:
        raise BackupError(f"the broker stopped sending the snapshot of {name}") from error
    finally:
        await subscription.unsubscribe()


def _refuse_bad_end(name: str, headers: dict[str, str]) -> None:
    status = headers.get("Status", "")
    if status and not status.startswith("2"):
        raise BackupError(f"the snapshot of {name} broke off: {status} {headers.get('Description', '')}")


async def _upload(client: Client, name: str, frames: IO[bytes]) -> None:
    head = json.loads(_next_frame(frames, name) or b"{}")
    answer = await _ask(client, f"STREAM.RESTORE.{name}", head)
    target = str(answer["deliver_subject"])
    while (piece := _next_frame(frames, name)) is not None:
        await _hand(client, target, piece, name)
    end = await client.request(target, b"", timeout=_PATIENCE)
    _refuse(json.loads(end.data or b"{}"), f"restoring {name}")


async def _hand(client: Client, target: str, piece: bytes, name: str) -> None:
    told = await client.request(target, piece, timeout=_PATIENCE)
    if told.data and b'"error"' in told.data:
        _refuse(json.loads(told.data), f"restoring {name}")


async def _ask(client: Client, call: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = await client.request(f"$JS.API.{call}", json.dumps(body).encode() if body else b"", timeout=_PATIENCE)
    except (NatsError, TimeoutError) as error:
        raise BackupError(f"the broker did not answer {call}: {error!r}") from error
    read = json.loads(answer.data)
    _refuse(read, call)
    return read


def _refuse(answer: dict[str, Any], what: str) -> None:
    if "error" in answer:
        raise BackupError(f"the broker refused {what}: {answer['error'].get('description', answer['error'])}")


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _next_frame(frames: IO[bytes], name: str) -> bytes | None:
    head = frames.read(4)
    if not head:
        return None
    data = frames.read(int.from_bytes(head, "big"))
    if len(head) < 4 or len(data) < int.from_bytes(head, "big"):
        raise DamagedError(f"the snapshot of {name} ends too early")
    return data


def run_take(settings: BackupSettings, catalogue: Catalogue, key: Key, say: Callable[[str], object]) -> Snapshot:
    """Take a snapshot from plain code."""
    return asyncio.run(take(settings, catalogue, key, say))


def check(snapshot: Snapshot, key: Key) -> int:
    """Open every file of a snapshot to its end and answer how many bytes it has; a damaged one is named."""
    return sum(unseal(snapshot.folder / f"{name}{SUFFIX}", key, lambda _: None) for name in snapshot.streams)


def folder_bytes(folder: Path) -> int:
    """Answer what the files of a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
