"""What the images are built from, laid out in .local/images: one folder an image, links instead of copies."""

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

from branch_server.parts import Part
from branch_server.places import IMAGES, PROJECT, WORK, Refusal
from branch_server.programs import run

REQUIREMENTS = IMAGES / "requirements.lock"
KEYCLOAK = "26.4.2"
BACKUP_PYTHON = "3.14"
"""The Python of the Debian suite that has PostgreSQL 18."""
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def python() -> Path:
    """Has every locked package as a wheel; answers the context of the Python image."""
    folder = WORK / "python"
    _wheels(REQUIREMENTS, folder, ["wheel", "--wheel-dir"])
    _link(IMAGES / "python.Dockerfile", folder / "Dockerfile")
    return folder


def backup() -> Path:
    """Lays out the context of the backup tool: its sources, and its few packages for the Python of the suite it stands on."""
    folder = WORK / "backup"
    abi = ["--only-binary=:all:", "--python-version", BACKUP_PYTHON, "--implementation", "cp"]
    platforms = [word for name in _PLATFORMS for word in ("--platform", name)]
    _wheels(IMAGES / "backup.lock", folder, ["download", *abi, *platforms, "--dest"])
    sources = PROJECT / "deploy" / "backup" / "src" / "backup_tool"
    _empty(folder / "app" / "backup_tool")
    for file in sources.rglob("*.py"):
        _link(file, folder / "app" / "backup_tool" / file.relative_to(sources))
    _link(IMAGES / "backup.Dockerfile", folder / "Dockerfile")
    return folder


def _wheels(lock: Path, folder: Path, way: list[str]) -> None:
    """Fetches what a lock file names into `folder/wheels`, hashes checked; nothing when that was done."""
    wanted, stamp = hashlib.sha256(lock.read_bytes()).hexdigest(), folder / "complete"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    stamp.unlink(missing_ok=True)
    unfinished = _empty(WORK / f"{folder.name}.wheels")
    fetch = ["-m", "pip", way[0], "-q", "--no-deps", "--require-hashes", "-r", str(lock), *way[1:], str(unfinished)]
    run(f"fetching Python packages of {lock.name}", [sys.executable if _has_pip() else "python3", *fetch])
    _move(unfinished, folder / "wheels")
    stamp.write_text(wanted, encoding="utf-8")


def sources(part: Part) -> Path:
    """Lays out the sources of a part; answers its context."""
    folder = _empty(WORK / part.name)
    for file in part.files():
        _link(PROJECT / file, folder / "app" / file)
    path = "".join(f"/app/{place}\n" for place in part.path)
    (folder / "app" / "crm.pth").write_text(path, encoding="utf-8")
    _link(IMAGES / "service.Dockerfile", folder / "Dockerfile")
    return folder


def postgres() -> Path:
    """Lays out the context of PostgreSQL."""
    folder = WORK / "postgres"
    _link(IMAGES / "postgres.Dockerfile", folder / "Dockerfile")
    _link(IMAGES / "postgres-start.sh", folder / "postgres-start.sh")
    return folder


def nats() -> Path:
    """Lays out the context of NATS: the server program of the locked wheel."""
    folder = WORK / "nats"
    program = PROJECT / ".venv" / "bin" / "nats-server"
    if not program.exists():
        raise Refusal("nats-server is not installed: run `make python` first")
    _link(IMAGES / "nats.Dockerfile", folder / "Dockerfile")
    _link(program, folder / "nats-server")
    return folder


def keycloak() -> Path:
    """Lays out the context of Keycloak: its distribution, which `make run` takes from Maven as well, and our theme."""
    folder = WORK / "keycloak"
    said = folder / "keycloak" / "version.txt"
    if not said.exists() or not said.read_text(encoding="utf-8").strip().endswith(KEYCLOAK):
        unfinished = _empty(WORK / "keycloak.unfinished")
        with zipfile.ZipFile(_distribution()) as zipped:
            zipped.extractall(unfinished)
        _move(unfinished / f"keycloak-{KEYCLOAK}", folder / "keycloak")
        unfinished.rmdir()
    _link(IMAGES / "keycloak.Dockerfile", folder / "Dockerfile")
    shutil.rmtree(folder / "themes", ignore_errors=True)
    shutil.copytree(PROJECT / "deploy" / "local" / "keycloak" / "themes", folder / "themes")
    return folder


def _distribution() -> Path:
    caches = [os.environ.get("CRM_CACHE"), str(PROJECT / ".local" / "cache")]
    name = f"keycloak-quarkus-dist-{KEYCLOAK}.zip"
    for cache in caches:
        if cache and zipfile.is_zipfile(Path(cache) / name):
            return Path(cache) / name
    folder = PROJECT / ".local" / "cache"
    artifact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip"
    fetch = ["mvn", "-q", "-B", "dependency:copy", artifact, f"-DoutputDirectory={folder}"]
    run("fetching Keycloak with Maven (150 MB)", fetch)
    return folder / name


def _has_pip() -> bool:
    return (Path(sys.prefix) / "bin" / "pip").exists()


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _move(made: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    made.rename(place)


def _link(source: Path, place: Path) -> None:
    """A second name for a file: a context costs no copy. Where that cannot be, a copy."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    try:
        place.hardlink_to(source)
    except OSError:
        shutil.copy2(source, place)
