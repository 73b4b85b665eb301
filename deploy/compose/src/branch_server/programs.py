"""Running other programs, with a clear word when they fail."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence

from branch_server.places import Refusal

_TOLD_LINES = 20


def run(what: str, command: Sequence[str], environment: Mapping[str, str] | None = None, feed: bytes = b"") -> str:
    """Runs a program to its end and answers what it printed; says how long it took."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            list(command),
            env={**os.environ, **(environment or {})},
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise Refusal(f"{what}: {command[0]} is missing") from error
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        lines = "\n".join(f"    {line}" for line in text.splitlines()[-_TOLD_LINES:])
        raise Refusal(f"{what} failed ({' '.join(command[:3])} …):\n{lines}")
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    return text


def answer(command: Sequence[str], feed: bytes = b"", seconds: float = 30) -> tuple[int, str]:
    """Asks a program; answers its status and what it printed, or why it could not be asked."""
    try:
        done = subprocess.run(list(command), input=feed, capture_output=True, check=False, timeout=seconds)
    except FileNotFoundError:
        return 127, f"{command[0]} is missing"
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {seconds:.0f} s"
    return done.returncode, (done.stdout or done.stderr).decode(errors="replace").strip()
