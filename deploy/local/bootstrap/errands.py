"""Running slow programs with progress on the screen, their output in a log, and a clear word when they fail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

TELL_EVERY = 5.0
# How pip, uv, npm and Maven say that they reach nobody.
_NO_NETWORK = re.compile(
    r"resolve host|name resolution|getaddrinfo|failed to lookup|from versions: none|Temporary failure|dns error|"
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|error sending request|Failed to fetch|"
    r"Connection (refused|timed out|reset)|No route to host|Network is unreachable",
    re.IGNORECASE,
)
_DISK_FULL = re.compile(r"No space left on device|ENOSPC|os error 28", re.IGNORECASE)


class Refusal(Exception):
    """`make run` cannot go on; the text is for a person: what is wrong and what to do."""


class Errands:
    """Runs one program after the other; what they print goes to the log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line of progress."""
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def run(self, what: str, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        """Run a program to its end; say every few seconds that it is still at it."""
        self.say(what)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            log.write(f"\n== {what}\n".encode())
            log.flush()
            start = log.tell()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            status = self._await(process, what)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if status != 0:
            raise Refusal(self._why(what, start))

    def _await(self, process: subprocess.Popen[bytes], what: str) -> int:
        began = time.monotonic()
        while True:
            try:
                return process.wait(TELL_EVERY)
            except subprocess.TimeoutExpired:
                self.say(f"{what} ({time.monotonic() - began:.0f} s)")

    def _why(self, what: str, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            text = log.read().decode("utf-8", errors="replace")
        lines = "\n".join(f"    {line}" for line in [line for line in text.splitlines() if line.strip()][-20:])
        remedy = "see the whole log"
        if _DISK_FULL.search(text):
            remedy = "the disk is full: free some space, or set CRM_HOME to a folder on another disk"
        elif _NO_NETWORK.search(text):
            remedy = (
                "the package registry cannot be reached: the first start needs a network "
                "(or a mirror: UV_INDEX_URL, npm config set registry, ~/.m2/settings.xml); later ones do not"
            )
        return f"failed: {what}\n{lines}\n  {remedy} ({self.log})"
