"""`make run`: checks the machine, installs what is locked, then hands over to the supervisor. Standard library only."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from bootstrap import checks
from bootstrap.errands import Errands, Refusal
from bootstrap.install import Portal, Python, alone

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Bootstrap; then become the supervisor, unless only the bootstrap was asked for."""
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--bootstrap-only", action="store_true", help="install, start nothing")
    parser.add_argument("--python-only", action="store_true", help="install the Python side alone, start nothing")
    parser.add_argument("--browser", action="store_true", help="see to it that the journeys have a browser")
    parser.add_argument("--emulator", action="store_true", help="see to it that programs can run on an older CPU")
    asked, rest = parser.parse_known_args(arguments)
    try:
        lock = _bootstrap(asked)
        return 0 if lock is None else _start(lock, rest)
    except Refusal as error:
        print(f"\nmake: {error}\n", file=sys.stderr)
    except OSError as error:
        full = "; the disk is full, free some space" if error.errno == 28 else ""
        print(f"\nmake: {error}{full}\n", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopped; nothing is running", file=sys.stderr)
        return 130
    return 1


def _bootstrap(asked: argparse.Namespace) -> int | None:
    """Answer the lock on CRM_HOME when something is to be started on it."""
    home = Path(os.environ.get("CRM_HOME") or PROJECT / ".local").absolute()
    starts = not (asked.bootstrap_only or asked.python_only)
    errands = Errands(PROJECT / ".local" / "logs" / "install.log")
    python, portal = Python(PROJECT, errands), Portal(PROJECT, errands)
    wrong = checks.python()
    if not asked.python_only:
        wrong += checks.tools()
    if asked.browser:
        wrong += checks.browser(install=bool(os.environ.get("CI")))
    if asked.emulator:
        wrong += checks.emulator(install=bool(os.environ.get("CI") or os.environ.get("INSTALL")))
    _refuse(wrong)
    lock = checks.lock(home) if starts else None
    if starts:
        wrong += checks.ports(checks.port())
    wrong += checks.room(PROJECT, cold=not python.current)
    wrong += checks.room(home, cold=False)
    _refuse(wrong)
    with alone(PROJECT, errands):
        python.install()
        if not asked.python_only:
            portal.build()
    return lock


def _start(lock: int, arguments: list[str]) -> NoReturn:
    program = str(PROJECT / ".venv" / "bin" / "python")
    os.set_inheritable(lock, True)
    os.environ["CRM_LOCK_FD"] = str(lock)
    sys.stdout.flush()
    os.execv(program, [program, "-m", "local_stack", "run", *arguments])  # noqa: S606 - no shell wanted


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise Refusal("cannot start:" + "".join(f"\n  - {line}" for line in wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
