"""`python -m local_stack run|stop|reset|data|verify-audit`: what the Makefile's targets call."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

from local_stack import backup, state
from local_stack.children import children, database_of, inherited_environment
from local_stack.demo import DemoBranch, DemoError
from local_stack.layout import DEFAULT_PORT, Home, Ports
from local_stack.stack import Stack, Wanted
from local_stack.supervisor import CRASH_LIMIT, StackError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and answer the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        return asked.run(asked, Home.from_environment())
    except (StackError, DemoError) as error:
        print(f"make {asked.command}: {error}", file=sys.stderr)
        return 1


def _run(asked: argparse.Namespace, home: Home) -> int:
    only = frozenset(asked.only.split(",")) if asked.only else frozenset[str]()
    wanted = Wanted(not asked.no_demo and not only, asked.customers, asked.crash_limit, only)
    return Stack(home, Ports(int(os.environ.get("CRM_PORT") or DEFAULT_PORT)), wanted).run()


def _stop(_: argparse.Namespace, home: Home) -> int:
    running = state.read(home)
    if running is None or state.started_at(running["pid"]) is None:
        print(f"nothing runs on {home.root}")
        return 0
    with suppress(ProcessLookupError):
        os.kill(running["pid"], signal.SIGTERM)
    while state.started_at(running["pid"]) is not None:
        time.sleep(0.2)
    print("stopped")
    return 0


def _reset(_: argparse.Namespace, home: Home) -> int:
    if not home.root.exists():
        return 0
    lock = state.take_lock(home)
    for path in home.root.iterdir():
        if path in {home.cache, home.lock_file}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    os.close(lock)
    print(f"wiped {home.root} (downloads are kept)")
    return 0


def _data(asked: argparse.Namespace, home: Home) -> int:
    running = state.read(home)
    if running is None or state.started_at(running["pid"]) is None:
        return _run(asked, home)
    began = time.monotonic()
    base = int(running["ports"]["gateway"])
    DemoBranch(home, Ports(base), lambda text: print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)).load(
        asked.customers
    )
    return 0


def _verify_audit(asked: argparse.Namespace, home: Home) -> int:
    running = state.read(home)
    if running is None or state.started_at(running["pid"]) is None:
        print("make verify-audit: start the stack first (make run); it asks its database and broker", file=sys.stderr)
        return 2
    ports = Ports(int(running["ports"]["gateway"]))
    support = next(child for child in children(home, ports) if child.name == "support")
    which = ["--day", asked.day] if asked.day else ["--all"]
    command = [sys.executable, "-m", "support.verify_audit", *which]
    return subprocess.run(command, env={**inherited_environment(), **support.environment}, check=False).returncode


def _backup(asked: argparse.Namespace, home: Home) -> int:
    running = state.read(home)
    if running is None or state.started_at(running["pid"]) is None:
        print(f"make {asked.what}: start the stack first (make run); what serves is what is copied", file=sys.stderr)
        return 2
    ports = Ports(int(running["ports"]["gateway"]))
    server = database_of(home, ports)
    backup.prepare(home, server)
    return backup.call(home, ports, server, asked.what)


def _restore(asked: argparse.Namespace, home: Home) -> int:
    lock = state.take_lock(home)
    try:
        state.end_leftovers(home)
        ports = Ports(int(os.environ.get("CRM_PORT") or DEFAULT_PORT))
        return backup.restore(home, ports, database_of(home, ports), asked.at)
    finally:
        os.close(lock)


def _backup_status(asked: argparse.Namespace, home: Home) -> int:
    ports = Ports(int(os.environ.get("CRM_PORT") or DEFAULT_PORT))
    return backup.call(home, ports, database_of(home, ports), asked.what)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local_stack", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run", help="start everything and stay until Ctrl-C")
    running.set_defaults(run=_run)
    loading = commands.add_parser("data", help="load a demo branch into the running stack, or start one with it")
    loading.set_defaults(run=_data)
    for command in (running, loading):
        command.add_argument("--no-demo", action="store_true", help="load no demo data")
        command.add_argument("--customers", type=int, help="how many customers the demo branch has (20000)")
        command.add_argument("--crash-limit", type=int, default=CRASH_LIMIT, help="crashes a minute; 0: no limit")
        command.add_argument("--only", default="", help="start only these, separated by commas (for developers)")
    verifying = commands.add_parser("verify-audit", help="verify the chain of the audit of the running stack")
    verifying.add_argument("--day", default="", help="one day, YYYY-MM-DD; else every day")
    verifying.set_defaults(run=_verify_audit)
    saving = commands.add_parser("backup", help="take a backup of the running stack now, or prove the newest one")
    saving.add_argument("what", nargs="?", choices=("run", "drill"), default="run")
    saving.set_defaults(run=_backup)
    telling = commands.add_parser("backups", help="what was backed up, and to which moments can be restored")
    telling.add_argument("what", nargs="?", choices=("status", "window"), default="status")
    telling.set_defaults(run=_backup_status)
    restoring = commands.add_parser("restore", help="put the stopped stack back to a moment")
    restoring.add_argument("at", help="latest, or a moment: 2026-11-22 10:15:00+08")
    restoring.set_defaults(run=_restore)
    commands.add_parser("stop", help="stop the stack on this CRM_HOME").set_defaults(run=_stop)
    commands.add_parser("reset", help="wipe data, secrets and logs of this CRM_HOME").set_defaults(run=_reset)
    return parser


if __name__ == "__main__":
    sys.exit(main())
