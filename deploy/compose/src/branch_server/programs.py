"""Running other programs, with a clear word when they fail."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from branch_server.places import Refusal

_TOLD_LINES = 20
_ASK_SECONDS = 2.0


def run(
    what: str,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    feed: bytes = b"",
    hopeless: Callable[[], str] | None = None,
) -> str:
    """Runs a program to its end and answers what it printed; says how long it took.

    `hopeless` is asked every few seconds, and answers why there is nothing to wait for, or nothing.
    """
    began = time.monotonic()
    try:
        started = subprocess.Popen(
            list(command),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except FileNotFoundError as error:
        raise Refusal(f"{what}: {command[0]} is missing") from error
    with started:
        printed = _to_its_end(started, feed, hopeless)
    text = printed.decode(errors="replace")
    if started.returncode != 0:
        lines = "\n".join(f"    {line}" for line in text.splitlines()[-_TOLD_LINES:])
        raise Refusal(f"{what} failed ({' '.join(command[:3])} …):\n{lines}")
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    return text


def _to_its_end(started: "subprocess.Popen[bytes]", feed: bytes, hopeless: Callable[[], str] | None) -> bytes:
    while True:
        try:
            return started.communicate(feed, timeout=_ASK_SECONDS if hopeless else None)[0]
        except subprocess.TimeoutExpired:
            if hopeless and (why := hopeless()):
                started.terminate()
                started.communicate()
                raise Refusal(why) from None
        except BaseException:
            started.kill()
            raise


def answer(command: Sequence[str], feed: bytes = b"", seconds: float = 30) -> tuple[int, str]:
    """Asks a program; answers its status and what it printed, or why it could not be asked."""
    try:
        done = subprocess.run(list(command), input=feed, capture_output=True, check=False, timeout=seconds)
    except FileNotFoundError:
        return 127, f"{command[0]} is missing"
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {seconds:.0f} s"
    return done.returncode, (done.stdout or done.stderr).decode(errors="replace").strip()
