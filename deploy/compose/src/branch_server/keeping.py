"""`make backup`, `make drill`, `make backups`, `make restore AT=…` for the suite in containers."""

import subprocess

from branch_server import suite
from branch_server.places import Refusal
from branch_server.programs import answer, run

STAYS = ("nats", "door")
"""What may run during a restore: the broker must, its streams are brought in step; the door holds no data."""
_BROKER_SECONDS = "120"


def ask(*arguments: str) -> int:
    """Lets the running backup part do something, before the operator's eyes; answers its exit status."""
    return subprocess.run(suite.compose("exec", "-T", "backup", "python3", "-m", "backup_tool", *arguments)).returncode


def restore(at: str) -> int:
    """Puts the stopped suite back to a moment (`latest`, or one with or without a zone); answers the exit status.

    One container does it, over the volumes of PostgreSQL and of the backups; only the broker runs beside it, and ends with it.
    """
    if running := still_running():
        raise Refusal(
            f"{', '.join(running)} still run, and a restore replaces their files: stop the suite with `make down`"
        )
    wait = ["--wait", "--wait-timeout", _BROKER_SECONDS]
    run("starting the broker alone", suite.compose("up", "-d", "--no-deps", *wait, "nats"))
    try:
        words = ["python3", "-m", "backup_tool", "restore", "--at", at]
        return subprocess.run(
            suite.compose("--profile", "restore", "run", "--rm", "--no-deps", "-T", "restore", *words)
        ).returncode
    finally:
        run("stopping the broker", suite.compose("rm", "--stop", "--force", "nats"))


def still_running() -> list[str]:
    """Answers the running parts that a restore would pull the ground from under."""
    status, text = answer(suite.compose("ps", "--services", "--status", "running"))
    if status != 0:
        raise Refusal(f"what runs cannot be found out: {text}")
    return sorted(set(text.split()) - set(STAYS))
