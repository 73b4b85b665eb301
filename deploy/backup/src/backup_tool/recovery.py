"""A full backup and the log after it become a cluster again, in a folder of their own; shared by restore and drill."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from backup_tool.catalogue import Catalogue, Full, Piece
from backup_tool.chain import Plan
from backup_tool.cluster import ScratchServer, give_to_postgres
from backup_tool.errors import BackupError, DamagedError
from backup_tool.full_copy import CLUSTER
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import unseal

# Compressed log and the files of a cluster take about so many times their sealed size.
_ROOM = 256 << 20
_RECOVERY_WITHIN = 6 * 3600.0


def check_room(folder: Path, full: Full, pieces: tuple[Piece, ...]) -> None:
    """Refuse to begin what the disk cannot hold."""
    there = folder
    while not there.exists():
        there = there.parent
    needed = full.plain_bytes + len(pieces) * (16 << 20) + _ROOM
    free = shutil.disk_usage(there).free
    if free < needed:
        raise BackupError(f"{folder} needs {needed >> 20} MB, its disk has {free >> 20} MB left; free some space first")


def unpack(catalogue: Catalogue, full: Full, key: Key, data: Path) -> None:
    """Unpack a full backup into a new folder."""
    data.mkdir(mode=0o700, parents=True)
    untar(catalogue.folder(full) / CLUSTER, key, data, "--no-same-owner", sha256=full.sha256)


def untar(file: Path, key: Key, folder: Path, *options: str, sha256: str = "") -> None:
    """Unpack a sealed archive into a folder."""
    tar = subprocess.Popen(
        ["tar", "-xzf", "-", "-C", str(folder), *options], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    if tar.stdin is None or tar.stderr is None:
        raise BackupError("tar could not be started")
    try:
        # tar has gzip uncompress in a process of its own: the other core.
        unseal(file, key, tar.stdin.write, sha256=sha256, inflate=False)
        with suppress(BrokenPipeError):
            tar.stdin.close()
        told = tar.stderr.read().decode(errors="replace")
        if tar.wait() != 0:
            raise DamagedError(f"{file} cannot be unpacked: {told.strip()[-500:]}")
    except BrokenPipeError as error:
        told = tar.stderr.read().decode(errors="replace")
        raise DamagedError(f"{file} cannot be unpacked: {told.strip()[-500:]}") from error
    finally:
        with suppress(BrokenPipeError):
            tar.stdin.close()
        tar.stderr.close()
        tar.wait()


def lay_log(catalogue: Catalogue, pieces: tuple[Piece, ...], key: Key, folder: Path) -> None:
    """Open the pieces of the log into a folder, under the names PostgreSQL asks for, the histories of timelines with them."""
    folder.mkdir(mode=0o700, parents=True)
    for piece in pieces:
        target = folder / piece.name
        if piece.partial and target.exists():
            continue
        if piece.sealed:
            with target.open("wb") as opened:
                unseal(piece.file, key, opened.write, sha256=piece.sha256)
        else:
            shutil.copyfile(piece.file, target)
        if target.stat().st_size != 16 << 20:
            raise DamagedError(
                f"{piece.file} is damaged: it holds {target.stat().st_size} bytes, a piece of the log 16 MB"
            )
    for history in (*catalogue.wal.glob("*.history"), *catalogue.open.glob("*.history")):
        shutil.copyfile(history, folder / history.name)
    give_to_postgres(folder)


def options(plan: Plan, log: Path) -> dict[str, str]:
    """Answer the settings under which PostgreSQL recovers a plan and then serves."""
    target: Mapping[str, str] = {"recovery_target_time": plan.at.isoformat()} if plan.at else {}
    return {
        "restore_command": f'cp "{log}/%f" "%p"',
        "recovery_target_timeline": str(plan.timeline),
        "recovery_target_action": "promote",
        **target,
    }


def recover(
    settings: BackupSettings, data: Path, known: Mapping[str, str], then: Callable[[ScratchServer], object]
) -> None:
    """Run the recovery of an unpacked backup to its end and do something with the recovered server; then stop it cleanly."""
    (data / "recovery.signal").touch()
    for name in ("standby.signal", "postmaster.pid"):
        (data / name).unlink(missing_ok=True)
    wanted = dict(known)
    try:
        with ScratchServer(settings, data, wanted).running(_RECOVERY_WITHIN) as server:
            then(server)
    except BackupError as error:
        if "recovery ended before configured recovery target was reached" not in str(error):
            raise
        # Nothing was committed after the asked moment: the end of the log is that moment.
        wanted.pop("recovery_target_time", None)
        with ScratchServer(settings, data, wanted).running(_RECOVERY_WITHIN) as server:
            then(server)
    for name in ("backup_manifest", "backup_label.old"):
        (data / name).unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder that may not be there."""
    shutil.rmtree(folder, ignore_errors=True)


def owner_of(folder: Path) -> tuple[int, int] | None:
    """Answer whose a data folder is, or was to be: when it is lost, whose the folder around it is, unless that is root's."""
    with suppress(FileNotFoundError):
        held = folder.stat()
        return held.st_uid, held.st_gid
    with suppress(FileNotFoundError):
        around = folder.parent.stat()
        return (around.st_uid, around.st_gid) if around.st_uid != 0 else None
    return None


def give(folder: Path, owner: tuple[int, int] | None) -> None:
    """As root: hand a folder and all below to an owner."""
    if owner is not None and os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{owner[0]}:{owner[1]}", str(folder)], check=True)
