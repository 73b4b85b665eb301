"""The container engine and its compose plugin: found, or installed and started where that is asked for or CI=true.

Debian's own packages: `docker.io`, and `docker-compose` of the suite after ours, whose program runs here as it is
(bookworm's own is too old: it knows neither `name:` nor `up --wait`).
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from branch_server import mirror
from branch_server.places import PROJECT, Refusal
from branch_server.programs import answer, run

FOLDER = PROJECT / ".local" / "engine"
PROGRAM = FOLDER / "docker-compose"
PID = FOLDER / "dockerd.pid"
_SUITE = "trixie"
_START_SECONDS = 30.0
_SOURCES = """\
Types: deb
URIs: {mirror}
Suites: {suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def ensure(*, install: bool | None = None) -> bool:
    """Has an engine that answers and a compose program; answers whether the engine was started for that.

    Raises `Refusal` with what to do.
    """
    install = bool(os.environ.get("CI")) if install is None else install
    started = not _answers()
    if started:
        if not install:
            raise Refusal(
                "no container engine answers: install Docker Engine 20.10 or newer and start it; on Debian as root "
                "`apt-get install docker.io`, or let `make engine` do it"
            )
        _start()
    if compose_program() is None:
        if not install:
            raise Refusal(
                "docker compose 2.24 or newer is missing: install the compose plugin, or let `make engine` do it"
            )
        install_compose()
    return started


def compose_program() -> list[str] | None:
    """Answers how compose is called here; None where it is missing."""
    if answer(["docker", "compose", "version"])[0] == 0:
        return ["docker", "compose"]
    return [str(PROGRAM)] if PROGRAM.exists() else None


def stop() -> None:
    """Stops the engine that `ensure` once started, by its number; any other is left alone."""
    if not PID.exists():
        return
    number = int(PID.read_text(encoding="utf-8"))
    if not _is_engine(number):
        PID.unlink(missing_ok=True)
        return
    os.kill(number, signal.SIGTERM)
    deadline = time.monotonic() + _START_SECONDS
    while _is_engine(number):
        if time.monotonic() > deadline:
            raise Refusal(f"the container engine (process {number}) does not stop; {FOLDER}/dockerd.log says why")
        time.sleep(0.2)


def _is_engine(number: int) -> bool:
    """Whether a process has this number and is an engine that has not ended: numbers are given again."""
    try:
        name, _, rest = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")
    except OSError:
        return False
    return name.endswith("(dockerd") and not rest.strip().startswith("Z")


def _answers() -> bool:
    return answer(["docker", "info", "--format", "{{.ServerVersion}}"])[0] == 0


def _start() -> None:
    if os.geteuid() != 0:
        raise Refusal("only root can install and start a container engine")
    if shutil.which("dockerd") is None:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("looking at Debian's lists of packages", ["apt-get", "update", "-qq"], quiet)
        fetch = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "docker.io", "debootstrap"]
        run("installing Docker Engine", fetch, quiet)
    if _answers():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    places = ["--data-root", str(FOLDER / "data"), "--exec-root", "/run/crm-engine", "--pidfile", str(PID)]
    with (FOLDER / "dockerd.log").open("ab") as log:
        # Nobody's child: it outlives whoever started it.
        detached = ["setsid", "--fork", "dockerd", *places]
        subprocess.run(detached, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True)
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if time.monotonic() > deadline:
            tail = (FOLDER / "dockerd.log").read_text(encoding="utf-8", errors="replace")[-1500:]
            stop()
            raise Refusal(f"the container engine did not start:\n{tail}")
        time.sleep(0.3)


def install_compose() -> None:
    """Takes the program out of the package of a later suite, without touching the machine's own lists."""
    lists = FOLDER / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "sources"):
        (lists / folder).mkdir(parents=True, exist_ok=True)
    (lists / "sources" / "suite.sources").write_text(
        _SOURCES.format(mirror=mirror.debian(), suite=_SUITE), encoding="utf-8"
    )
    places = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": lists / "sources",
        "Dir::State::Lists": lists / "lists",
        "Dir::Cache": lists / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(word for key, place in places.items() for word in ("-o", f"{key}={place}"))]
    run("looking for the compose program", [*apt, "update"])
    fetch = ["sh", "-c", 'cd "$1" && shift && "$@"', "-", str(lists), *apt, "download", "docker-compose"]
    run("fetching the compose program", fetch)
    package = next(lists.glob("docker-compose_*.deb"))
    run("unpacking it", ["dpkg", "-x", str(package), str(lists / "unpacked")])
    (lists / "unpacked/usr/libexec/docker/cli-plugins/docker-compose").replace(PROGRAM)
    shutil.rmtree(lists)
