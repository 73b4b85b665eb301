"""`make up`, `make down`, `make logs`: the compose files of this server, and what is said to compose."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from branch_server import engine, images
from branch_server.falling import Falling
from branch_server.places import COMPOSE, Refusal, version
from branch_server.programs import answer, run

SETTINGS = Path(os.environ.get("CRM_ENV_FILE") or COMPOSE / ".env")
LAYERS = ("compose.yaml", "compose.limits.yaml", "compose.secrets.yaml")
BESIDE = ("gateway", "dispatch", "customer", "support")
"""Parts that may run twice for a moment. Databases and the broker may not: they keep one folder each."""
WAIT_SECONDS = 600
_PRIVATE = ("secrets/postgres/superuser_password", "certs/gateway/tls.crt")


def settings(file: Path = SETTINGS) -> dict[str, str]:
    """Reads the settings of this server; empty where there are none yet."""
    if not file.exists():
        return {}
    lines = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in lines if equals}


def program(file: Path = SETTINGS) -> list[str]:
    """Answers how compose is called with the settings of a server; its files are not named yet."""
    found = engine.compose_program()
    if found is None:
        raise Refusal("docker compose is missing: `make engine` installs it")
    release = settings(file).get("CRM_VERSION") or version()
    return ["env", f"CRM_VERSION={release}", *found, "--project-directory", str(COMPOSE), "--env-file", str(file)]


def compose(*arguments: str) -> list[str]:
    """Answers a command of compose for this server."""
    return [*program(), *_files(), *arguments]


def starting(*, demo: bool = False, below: Sequence[str] = ()) -> dict[str, list[str]]:
    """Answers what compose is told at a start, step by step, under what each step does.

    `below` names what the parts stand on, while they run: brought up to date first and alone, since compose 2.26 makes anew whatever
    depends on a container that it makes anew, and the parts need not be.
    """
    wait = ["--wait", "--wait-timeout", str(WAIT_SECONDS)]
    steps = {"bringing up to date what the parts stand on": ["up", "-d", *wait, *below]} if below else {}
    steps["starting the suite"] = ["up", "-d", "--remove-orphans", *wait]
    if demo:
        older = ["--profile", "demo", "up", "-d", "--no-recreate", *wait, "gnet-crm"]
        steps["starting the older system"] = older
        steps["loading the demo branch"] = ["--profile", "demo", "run", "--rm", "--no-deps", "-T", "demo"]
    return steps


def stopping(*, wipe: bool = False) -> list[str]:
    """Answers what compose is told to stop everything; the data stay unless they are to be wiped."""
    return ["--profile", "*", "down", *(["--volumes"] if wipe else [])]


def up(*, demo: bool = False) -> None:
    """Starts everything and waits until it is healthy; with `demo` the demo branch is loaded as well."""
    _check()
    if made_anew("postgres"):
        # While PostgreSQL still answers: at its end the backup says that commits need not wait for the second disk. Else whoever
        # writes would wait until the backup runs again, which starts last.
        run("stopping the backup for that long", compose("stop", "backup"))
    told = settings()
    falling = Falling(told.get("CRM_PROJECT") or "crm")
    for what, words in starting(demo=demo, below=_below()).items():
        try:
            run(what, compose(*words), hopeless=falling)
        except Refusal as refused:
            # Compose says that it is not healthy, and not why.
            raise Refusal(falling(often=1) or str(refused)) from refused
    print(f"\n  Full-Service CRM is at  {told.get('CRM_PUBLIC_URL', '')}\n  make status shows how it is.\n")


def down(*, wipe: bool = False) -> None:
    """Stops everything; the data stay unless they are to be wiped."""
    run("stopping the suite", compose(*stopping(wipe=wipe)))


def logs(parts: Sequence[str], lines: int = 200) -> int:
    """Shows the last lines of parts and what comes; until Ctrl-C."""
    try:
        return subprocess.run(compose("logs", "--tail", str(lines), "-f", *parts), check=False).returncode
    except KeyboardInterrupt:
        return 0


def made_anew(part: str) -> bool:
    """Tells whether a part runs and a start would make its container anew: it is of other settings or of another image."""
    container = answer(compose("ps", "-q", part))[1].strip()
    if not container:
        return False
    shape = '{{index .Config.Labels "com.docker.compose.config-hash"}} {{.Image}} {{.Config.Image}}'
    settings_of, image, name = answer(["docker", "inspect", "--format", shape, container])[1].split()
    wanted = answer(compose("config", "--hash", part))[1].split()[-1]
    return (
        settings_of != wanted or image != answer(["docker", "image", "inspect", "--format", "{{.Id}}", name])[1].strip()
    )


def _below() -> list[str]:
    """Answers what the parts stand on, when they run."""
    running = answer(compose("ps", "--services", "--status", "running"))[1].split()
    if not set(BESIDE) <= set(running):
        return []
    names = answer(compose("config", "--services"))[1].split()
    return [name for name in names if name not in {*BESIDE, "door"}]


def _files() -> list[str]:
    listed = settings().get("COMPOSE_FILE", ":".join(LAYERS)).split(":")
    return [word for file in listed for word in ("-f", str(COMPOSE / file))]


def _check() -> None:
    if not SETTINGS.exists():
        raise Refusal(f"{SETTINGS} is missing: copy .env.example beside it and set CRM_PUBLIC_URL")
    private = COMPOSE / settings().get("CRM_PRIVATE", "private")
    missing = [file for file in _PRIVATE if not (private / file).exists()]
    if missing:
        raise Refusal(f"{private / missing[0]} is missing: run `make certs` and `make secrets` as root first")
    status, text = answer(compose("config", "--images"))
    if status != 0:
        raise Refusal(f"the compose files cannot be read: {text}")
    ours = [name for name in text.split() if name.startswith("crm/")]
    if unknown := images.missing(ours):
        raise Refusal(f"no image {', '.join(unknown)} of version {version()}: run `make images` first")
