"""`python -m backup_tool run|serve|guard|drill|restore|status|prune|key`: the part `backup`, and what an operator asks of it."""

import argparse
import json
import logging
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from backup_tool import chain, cluster, folders, guard, restore, settings, status
from backup_tool.catalogue import Catalogue
from backup_tool.errors import BackupError
from backup_tool.keys import new_key, read_key
from backup_tool.pruning import Keep, prune
from backup_tool.restore import holdings
from backup_tool.runs import Workshop
from backup_tool.serve import Serving, opened
from backup_tool.settings import BackupSettings
from backup_tool.vault import locked, unseal


def main(arguments: list[str] | None = None) -> int:
    """Run one command and answer the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "key":
            print(new_key())
            return 0
        # How connections end over TLS in this library of Python is of no use to an operator.
        logging.getLogger("asyncio").setLevel(logging.ERROR)
        known = settings.load()
        # Moments are told as the branch's clocks show them.
        os.environ["TZ"] = known.zone
        time.tzset()
        return asked.run(known, asked)
    except (BackupError, psycopg.Error, OSError) as error:
        print(f"backup {asked.command}: {str(error).strip()}", file=sys.stderr)
        return 1


def say(text: str) -> None:
    """Print one line with its moment."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}  {text}", flush=True)


def _run(known: BackupSettings, _: argparse.Namespace) -> int:
    return 0 if Workshop.of(known, say).everything() else 1


def _serve(known: BackupSettings, _: argparse.Namespace) -> int:
    stopped = threading.Event()
    if (workshop := opened(known, say, stopped)) is not None:
        Serving(workshop, stopped).run()
    return 0


def _guard(known: BackupSettings, _: argparse.Namespace) -> int:
    guard.watch(known, say, threading.Event(), turn_on=False)
    return 0


def _drill(known: BackupSettings, _: argparse.Namespace) -> int:
    return 0 if Workshop.of(known, say).drill().ok else 1


def _restore(known: BackupSettings, asked: argparse.Namespace) -> int:
    at = restore.read_moment(asked.at, known)
    key, catalogue = read_key(known), Catalogue(known.backup_dir)
    if not catalogue.wal.is_dir():
        raise BackupError(
            f"{known.backup_dir} holds no backups; CRM_BACKUP_DIR must name the folder on the second disk"
        )
    if not asked.streams_only:
        if cluster.answers(known):
            raise BackupError(
                "PostgreSQL runs, and a restore replaces its files; stop the suite first "
                "(make stop; in containers: stop every part but nats, see docs/operations.md)"
            )
        with locked(catalogue.root, "run"):
            report = restore.restore_cluster(known, catalogue, key, at, say)
            report.folders = folders.put_back(known, catalogue, key, report.full, say)
        restore.note(catalogue, report)
        print(json.dumps(vars(report), indent=1))
    if not asked.cluster_only:
        restore.restore_streams(known, catalogue, key, at, say)
    return 0


def _status(known: BackupSettings, asked: argparse.Namespace) -> int:
    found = status.read(Catalogue(known.backup_dir))
    print(json.dumps(found, indent=1) if asked.json else status.told(found))
    return 0


def _window(known: BackupSettings, _: argparse.Namespace) -> int:
    spans = chain.windows(holdings(Catalogue(known.backup_dir)))
    print(chain.described(spans) or "nothing can be restored")
    return 0


def _prune(known: BackupSettings, _: argparse.Namespace) -> int:
    gone = prune(Catalogue(known.backup_dir), Keep.wanted(known), datetime.now(UTC))
    say(
        f"removed {len(gone.fulls)} full backups, {len(gone.pieces)} pieces of the log, {len(gone.snapshots)} snapshots"
    )
    return 0


def _open(known: BackupSettings, asked: argparse.Namespace) -> int:
    unseal(asked.file, read_key(known), sys.stdout.buffer.write)
    sys.stdout.buffer.flush()
    return 0


def _healthy(known: BackupSettings, _: argparse.Namespace) -> int:
    """Healthy: it has written its status within three minutes, and nothing is alerted about the disk."""
    seen = status.read(Catalogue(known.backup_dir)).get("seen_at")
    fresh = seen is not None and datetime.now(UTC) - datetime.fromisoformat(seen) < status.SILENT
    return 0 if fresh else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backup_tool", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    for name, run, words in (
        ("run", _run, "take a full backup and a snapshot of the broker now"),
        ("serve", _serve, "receive the log, watch the second disk, run what is due; until SIGTERM"),
        ("guard", _guard, "only watch: commits stop waiting for a second disk that is away"),
        ("drill", _drill, "restore the newest backup aside and prove it"),
        ("status", _status, "what the last runs did"),
        ("window", _window, "to which moments can be restored"),
        ("prune", _prune, "remove what may go"),
        ("healthy", _healthy, "end with 0 while the part does its work"),
    ):
        commands.add_parser(name, help=words).set_defaults(run=run)
    commands.choices["status"].add_argument("--json", action="store_true")
    commands.add_parser("key", help="make a key: the line for the file backup_key")
    opening = commands.add_parser("open", help="write what a sealed file holds to the output: realm, folders")
    opening.add_argument("file", type=Path)
    opening.set_defaults(run=_open)
    restoring = commands.add_parser(
        "restore", help="put the suite back to a moment; everything but the broker is stopped"
    )
    restoring.add_argument("--at", required=True, help="latest, or a moment: 2026-11-22 10:15:00+08")
    restoring.add_argument("--cluster-only", action="store_true", help="leave the broker for a second call")
    restoring.add_argument("--streams-only", action="store_true", help="only bring the broker in step")
    restoring.set_defaults(run=_restore)
    return parser


if __name__ == "__main__":
    sys.exit(main())
