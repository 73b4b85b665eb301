"""Resident memory of every process that `make run` leaves running, idle."""

import psutil

from tests.bench.figures import Figure
from tests.rig import Rig

OURS = ("dispatch", "customer", "support", "telemetry", "gateway", "gnet_crm")
MIB = 1024 * 1024


def measure(rig: Rig) -> list[Figure]:
    """Answers the memory by process, ours together and all together. Shared pages count once (proportional set size)."""
    used = {name: _used(pid) for name, pid in rig.pids().items()}
    used["supervisor"] = _used(rig.process.pid, alone=True)
    ours = sum(used[name] for name in OURS) + used["supervisor"]
    rows = [Figure(f"memory: {name}", f"{size / MIB:,.0f} MiB") for name, size in used.items()]
    return [
        *rows,
        Figure("memory: our own processes", f"{ours / MIB:,.0f} MiB", "aim: at most 600 MiB"),
        Figure("memory: everything", f"{sum(used.values()) / MIB:,.0f} MiB", "aim: at most 1,843 MiB"),
    ]


def _used(pid: int, *, alone: bool = False) -> int:
    process = psutil.Process(pid)
    family = [process] if alone else [process, *process.children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family)
