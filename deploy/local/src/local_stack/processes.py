"""Starting and ending processes so that none is left behind."""

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress

KILLED_WAIT = 5.0


def dies_with_parent(command: Sequence[str], with_signal: str = "KILL") -> list[str]:
    """Put before a command what makes the kernel end it when the starting process is gone, even by kill -9."""
    return ["setpriv", f"--pdeathsig={with_signal}", *command]


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process started with `start_new_session` and to everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def wait_or_kill(process: subprocess.Popen[bytes], grace: float) -> bool:
    """Wait for a process to end by itself; kill its whole group when it does not. True: it went by itself."""
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        signal_group(process, signal.SIGKILL)
        process.wait(KILLED_WAIT)
        return False
    # What the process itself had started may still be there.
    signal_group(process, signal.SIGKILL)
    return True


def free_port() -> int:
    """Return a TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
