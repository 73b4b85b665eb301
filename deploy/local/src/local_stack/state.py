"""`stack.json`: what runs where, for programs (tests, fault harness, bench); and the lock that keeps a folder to one stack."""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from local_stack.layout import Home
from local_stack.supervisor import StackError

LOCK_VARIABLE = "CRM_LOCK_FD"


def take_lock(home: Home) -> int:
    """Keep this folder to ourselves until we end, however we end; refuse when a stack runs on it."""
    handed_over = os.environ.pop(LOCK_VARIABLE, "")
    if handed_over:  # `make run` locked before it installed anything
        descriptor = int(handed_over)
        os.set_inheritable(descriptor, False)
        return descriptor
    home.root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StackError(f"a stack runs on {home.root} already{_where(home)}; stop it first (make stop)") from None
    return descriptor


def _where(home: Home) -> str:
    state = read(home)
    return f" (process {state['pid']}, {state['url']})" if state else ""


def write(home: Home, state: dict[str, Any]) -> None:
    """Write the state whole, so that a reader never sees half of it."""
    fresh = home.state_file.with_suffix(".new")
    fresh.write_text(json.dumps(state, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(home.state_file)


def read(home: Home) -> dict[str, Any] | None:
    """Answer the state of the stack on this folder, None when there is none."""
    try:
        return json.loads(home.state_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def started_at(pid: int | None) -> float | None:
    """Answer when a process that runs began: tells it from a later one with the same number."""
    if pid is None:
        return None
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        # One that has ended, but that nobody has asked about yet, runs no more.
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    return None


def end_leftovers(home: Home) -> list[str]:
    """Kill what a stack that was itself killed may have left behind; answer the names."""
    ended: list[str] = []
    left: dict[str, dict[str, Any]] = (read(home) or {}).get("children", {})
    for name, child in left.items():
        pid, began = child.get("pid"), child.get("started_at")
        if pid and began and started_at(pid) == began:
            with suppress(psutil.NoSuchProcess):
                family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
                for process in family:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                psutil.wait_procs(family, timeout=5)
                ended.append(name)
    return ended


def free_bytes(folder: Path) -> int:
    """Answer how much may still be written below a folder."""
    return psutil.disk_usage(str(folder)).free
