"""Starting and ending processes so that none is left behind."""

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress

import psutil

KILLED_WAIT = 5.0
_running: set[subprocess.Popen[str]] = set()


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
        kill_tree(process)
        process.wait(KILLED_WAIT)
        return False
    # What the process itself had started may still be there.
    signal_group(process, signal.SIGKILL)
    return True


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, its group and everything that descends from it (PostgreSQL gives each session its own group)."""
    with suppress(psutil.NoSuchProcess):
        for descendant in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                descendant.kill()
    signal_group(process, signal.SIGKILL)


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run a program to its end and answer its status and output; `end_running` stops it from another thread."""
    process = subprocess.Popen(
        dies_with_parent(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    _running.add(process)
    try:
        output, _ = process.communicate()
    finally:
        _running.discard(process)
    return process.returncode, output


def end_running() -> None:
    """Kill every program that `run` is waiting for."""
    for process in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
