"""Installs what is locked and builds the portal, each only when its sources have changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from bootstrap.errands import Errands, Refusal

HERE = Path(__file__).resolve().parent
# The workspace's own packages.
MEMBERS = (
    "proto",
    "libs/*",
    "services/*",
    "gateway",
    "deploy/local",
    "deploy/trust",
    "deploy/counterparts",
    "deploy/demo",
    "deploy/compose",
    "deploy/backup",
)
PORTAL_SOURCES = ("src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package.json", "package-lock.json")


def digest(paths: Iterable[Path], *words: str) -> str:
    """Answer one value for names and contents of files and folders."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.exists():
                total.update(str(file.relative_to(path.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


class Python:
    """The virtual environment `.venv` with everything in requirements.lock and our own packages."""

    def __init__(self, project: Path, errands: Errands) -> None:
        self.project, self.errands = project, errands
        self.folder = project / ".venv"
        self.program = self.folder / "bin" / "python"
        self._stamp = self.folder / "crm-installed"

    def _members(self) -> list[Path]:
        return sorted(found.parent for pattern in MEMBERS for found in self.project.glob(f"{pattern}/pyproject.toml"))

    def _wanted(self) -> str:
        manifests = [member / "pyproject.toml" for member in self._members()]
        version = ".".join(str(part) for part in sys.version_info[:2])
        return digest([self.project / "requirements.lock", *manifests], version, str(self.project))

    @property
    def current(self) -> bool:
        """Whether nothing needs installing."""
        return (
            self.program.exists() and self._stamp.exists() and self._stamp.read_text(encoding="utf-8") == self._wanted()
        )

    def install(self) -> None:
        """Bring the environment to what is locked."""
        if self.current:
            return
        uv = self._uv()
        quiet = {"VIRTUAL_ENV": str(self.folder), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        if not self.program.exists():
            make = [uv, "venv", "--python", sys.executable, "--clear", str(self.folder)]
            self.errands.run("making the Python environment", make, self.project, quiet)
        self._link()
        lock = str(self.project / "requirements.lock")
        # Compiled here once; else the first processes to start would each compile the same modules at the same time.
        sync = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode", lock]
        self.errands.run("installing Python packages", sync, self.project, quiet)
        compile_ours = [str(self.program), "-m", "compileall", "-q", "-j", "2", *map(str, self._rooms())]
        self.errands.run("compiling our own packages", compile_ours, self.project, quiet)
        self._stamp.write_text(self._wanted(), encoding="utf-8")

    def _link(self) -> None:
        """Put the sources of our own packages on the path: nothing to build, and an edit is live at the next start."""
        site = next((self.folder / "lib").glob("python3.*/site-packages"))
        (site / "crm-workspace.pth").write_text("".join(f"{room}\n" for room in self._rooms()), encoding="utf-8")

    def _rooms(self) -> list[Path]:
        return [member / ("src" if (member / "src").is_dir() else "gen") for member in self._members()]

    def _uv(self) -> str:
        tools = self.project / ".local" / "cache" / f"uv-{digest([HERE / 'uv.txt'])[:8]}"
        uv = tools / "bin" / "uv"
        if not (tools / "complete").exists():
            make = [sys.executable, "-m", "venv", "--clear", str(tools)]
            self.errands.run("making a place for the installer", make, self.project)
            fetch = [
                str(tools / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "--require-hashes",
                "-r",
                str(HERE / "uv.txt"),
            ]
            self.errands.run("fetching the installer (uv)", fetch, self.project)
            (tools / "complete").touch()
        return str(uv)


class Portal:
    """The built portal in `gateway/portal/dist`."""

    def __init__(self, project: Path, errands: Errands) -> None:
        self.folder, self.errands = project / "gateway" / "portal", errands
        self._installed = self.folder / "node_modules" / ".crm-installed"
        self._built = self.folder / "node_modules" / ".crm-built"

    def _lock(self) -> str:
        return digest([self.folder / "package-lock.json"])

    def _sources(self) -> str:
        return digest(self.folder / name for name in PORTAL_SOURCES)

    def install(self) -> None:
        """Bring node_modules to what is locked."""
        if not self.folder.joinpath("package-lock.json").exists():
            raise Refusal(f"{self.folder} has no package-lock.json: is this a complete checkout?")
        if _reads(self._installed) != self._lock():
            self.errands.run("installing the portal's packages", ["npm", "ci", "--no-audit", "--no-fund"], self.folder)
            self._installed.write_text(self._lock(), encoding="utf-8")

    @property
    def current(self) -> bool:
        """Whether the built portal is that of the sources."""
        return (self.folder / "dist" / "index.html").exists() and _reads(self._built) == self._sources()

    def build(self) -> None:
        """Build the portal when its sources have changed."""
        if self.current:
            return
        self.install()
        self.errands.run("building the portal", ["npm", "run", "build"], self.folder)
        self._built.write_text(self._sources(), encoding="utf-8")


def _reads(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


@contextmanager
def alone(project: Path, errands: Errands) -> Generator[None]:
    """Let only one installation run in a checkout; a second waits for the first."""
    file = project / ".local" / "cache" / "install.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            errands.say("waiting for another installation in this checkout")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
