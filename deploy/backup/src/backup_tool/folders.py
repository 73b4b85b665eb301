"""The files that services keep (archive of the audit, exports): saved beside each full backup, laid back where they are missing."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from backup_tool import recovery
from backup_tool.catalogue import Catalogue, Full
from backup_tool.errors import BackupError
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import SUFFIX, seal

_OF_THE_PROCESS = ("./alive", "./views")
"""Of a service's folder: the marks of its living processes, and views on their way to the database. Laid back they would tell untruths."""


def save(settings: BackupSettings, catalogue: Catalogue, key: Key, full: Full) -> list[str]:
    """Seal each folder beside a full backup; answer what could not be read."""
    wrong: list[str] = []
    for name, folder in settings.folders().items():
        if not folder.is_dir():
            continue
        left_out = [f"--exclude={path}" for path in _OF_THE_PROCESS]
        command = ["tar", "-C", str(folder), "--numeric-owner", *left_out, "-cf", "-", "."]
        packing = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if packing.stdout is None:
            continue
        with packing.stdout:
            seal(packing.stdout, _file(catalogue, full.id, name), key)
        # 1: a file changed while it was read; the next backup has it.
        if packing.wait() > 1:
            wrong.append(f"the folder {folder} could not be read whole")
    return wrong


def put_back(
    settings: BackupSettings, catalogue: Catalogue, key: Key, full: str, say: Callable[[str], object]
) -> list[str]:
    """Lay the files of a full backup back, as root to their owners; what is there stays as it is. Answer the folders' names.

    A service writes such a file once and never changes it: one that is there is the right one, or younger than the backup.
    """
    done: list[str] = []
    for name, folder in settings.folders().items():
        if not (file := _file(catalogue, full, name)).exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        # A folder that was lost with its disk gets back whose it was; one that holds something is left as it is.
        careful = ["--skip-old-files"] if any(folder.iterdir()) else []
        try:
            recovery.untar(file, key, folder, "--numeric-owner", *careful)
        except BackupError as error:
            # The databases are back by now, and what is missing can be laid back later.
            say(f"the files of {name} are NOT back: {error}")
        else:
            done.append(name)
    if done:
        say(f"files that were missing are back, of {', '.join(done)}")
    return done


def _file(catalogue: Catalogue, full: str, name: str) -> Path:
    return catalogue.root / "full" / full / f"folder-{name}.tar{SUFFIX}"
