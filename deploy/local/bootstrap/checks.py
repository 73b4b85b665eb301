"""What must be true of the machine before anything is installed or started."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from bootstrap.errands import Refusal

LEAST_PYTHON = (3, 11)
DEFAULT_PORT = 8080
# What stands behind each port, counted from CRM_PORT.
PORTS = {
    0: "the portal",
    1: "Keycloak",
    2: "Keycloak's health",
    3: "PostgreSQL",
    4: "NATS",
    5: "gRPC for external systems",
    6: "the older system",
    7: "the older system for resources",
    8: "the older system for billing",
    9: "the older system for complaints",
    11: "dispatch",
    12: "customer",
    13: "assessment",
    14: "content",
    15: "support",
    16: "telemetry",
    17: "traces, metrics and logs",
}
COLD_BYTES = 3 * 1024**3
WARM_BYTES = 500 * 1024**2

# Program, how it tells its version, the least version, what to do.
TOOLS: tuple[tuple[str, list[str], int, str], ...] = (
    ("node", ["--version"], 20, "install Node.js 20 or newer (Debian 12's own is 18: take it from https://nodejs.org)"),
    ("npm", ["--version"], 0, "it comes with Node.js; on Debian: apt-get install npm"),
    ("java", ["-version"], 17, "install a JDK 17 or newer: apt-get install openjdk-17-jdk-headless"),
    ("mvn", [], 0, "install Maven: apt-get install maven"),
    ("setpriv", [], 0, "it belongs to util-linux: apt-get install util-linux"),
)


def python() -> list[str]:
    """Answer what is wrong with this Python."""
    wrong: list[str] = []
    if sys.version_info[:2] < LEAST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        wrong.append(f"Python {found} is too old: install Python 3.11 or newer (apt-get install python3)")
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        wrong.append("Python cannot make virtual environments: apt-get install python3-venv")
    return wrong


def tools() -> list[str]:
    """Answer which programs are missing or too old."""
    wrong: list[str] = []
    for name, ask, least, remedy in TOOLS:
        place = shutil.which(name)
        if name == "java" and os.environ.get("JAVA_HOME"):
            place = shutil.which("java", path=str(Path(os.environ["JAVA_HOME"]) / "bin"))
        if place is None:
            wrong.append(f"{name} is missing: {remedy}")
        elif least:
            major = _major(place, ask)
            if major < least:
                wrong.append(f"{name} {major} is too old, {least} is the least: {remedy}")
    return wrong


def _major(program: str, ask: list[str]) -> int:
    try:
        done = subprocess.run([program, *ask], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    # "v20.19.1" and 'openjdk version "17.0.15" …'
    found = re.search(r"(\d+)(\.\d+)*", done.stdout + done.stderr)
    return int(found.group(1)) if found else 0


def browser(install: bool) -> list[str]:
    """Answer what the journeys lack; in CI, as root, it is installed at once."""
    wanted = [] if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))) else ["chromium"]
    fonts = shutil.which("fc-list")
    if fonts is None or not subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout.strip():
        wanted += ["fontconfig", "fonts-noto-cjk"]
    if wanted and install and _fetched(wanted):
        return []
    return [f"the journeys need a browser and Chinese fonts: apt-get install {' '.join(wanted)}"] if wanted else []


def emulator(install: bool) -> list[str]:
    """Answer what is missing for running programs on the CPU of an older server; in CI or when asked, as root, it is installed."""
    if any(map(shutil.which, ("qemu-x86_64", "qemu-x86_64-static"))) or (install and _fetched(["qemu-user"])):
        return []
    return ["programs for an older CPU need an emulator: apt-get install qemu-user (as root INSTALL=1 does it)"]


def _fetched(packages: list[str]) -> bool:
    """Install packages of the system, as root."""
    if os.geteuid() != 0:
        return False
    print(f"installing {' '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet, stdout=subprocess.DEVNULL)
    fetch = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(fetch, check=False, env=quiet, stdout=subprocess.DEVNULL).returncode == 0


def port() -> int:
    """Answer CRM_PORT."""
    text = os.environ.get("CRM_PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 1024 <= int(text) <= 65500:
        raise Refusal(f"CRM_PORT={text} is no port: it must be a number between 1024 and 65500")
    return int(text)


def ports(base: int) -> list[str]:
    """Answer which ports are taken, and a start that is free."""
    taken = [offset for offset in PORTS if not _free(base + offset)]
    if not taken:
        return []
    # From above the wanted port, and round again from below: the wanted one may be near the end.
    starts = [*range(base + 1000, 60_000, 1000), *range(8080, base, 1000)]
    others = (str(start) for start in starts if all(_free(start + offset) for offset in PORTS))
    listed = ", ".join(f"{base + offset} ({PORTS[offset]})" for offset in taken)
    word = "port is" if len(taken) == 1 else "ports are"
    return [
        f"{word} in use: {listed}. End what listens there, or run with other ones: CRM_PORT={next(others, '<a free one>')} make run"
    ]


def _free(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def room(folder: Path, cold: bool) -> list[str]:
    """Answer whether the disk has room for what is about to be done."""
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, COLD_BYTES if cold else WARM_BYTES
    if free >= needed:
        return []
    return [
        f"the disk of {folder} is full: {free >> 20} MB are free, {needed >> 20} MB are needed; "
        "free some space or set CRM_HOME to a folder on another disk"
    ]


def lock(home: Path) -> int:
    """Keep CRM_HOME to this stack; the number is handed over to what is started, and the lock with it."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refusal(f"a stack runs on {home} already{_where(home)}; stop it first (make stop)") from None
    return descriptor


def _where(home: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        state = json.loads((home / "stack.json").read_text(encoding="utf-8"))
        return f" (process {state['pid']}, {state['url']})"
    return ""
