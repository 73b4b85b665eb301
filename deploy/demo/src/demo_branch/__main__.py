"""`python -m demo_branch write` makes the files of the demo branch, `load` brings them in."""

import argparse
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from demo_branch.administrator import SignInRefusedError, signed_in
from demo_branch.customers import DEFAULT_SEED
from demo_branch.files import write
from demo_branch.loader import Loader, LoadError
from demo_branch.machine import CallRefusedError, Machine
from demo_branch.older_systems import set_tiles
from demo_branch.pairs import set_pairs

_ZONE = ZoneInfo("Asia/Shanghai")


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands and answer the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except (LoadError, CallRefusedError, SignInRefusedError, httpx.HTTPError, OSError) as error:
        print(f"demo branch: {error}", file=sys.stderr)
        return 1
    return 0


def _write(asked: argparse.Namespace) -> None:
    rows = write(
        asked.out,
        asked.customers,
        today=asked.today,
        hour=asked.hour,
        seed=asked.seed,
        told=lambda place: print(f"customers written: {place} of {asked.customers}", flush=True),
    )
    print(", ".join(f"{form} {count}" for form, count in rows.items()), f"-> {asked.out}", flush=True)


def _load(asked: argparse.Namespace) -> None:
    machine = Machine(
        base_url=asked.base_url.rstrip("/"),
        token_url=asked.token_url,
        client=asked.client,
        secret=asked.secret_file.read_text(encoding="utf-8").strip(),
    )
    with machine.http:
        loader = Loader(machine, say=lambda line: print(line, flush=True), begin_url=asked.begin_url)
        loader.load(asked.folder, today=asked.today, days_back=asked.days_back)
    if asked.password_file:
        password = asked.password_file.read_text(encoding="utf-8").strip()
        with signed_in(machine.base_url, asked.administrator, password) as administrator:
            set_pairs(administrator, lambda line: print(line, flush=True))
            if asked.older_systems:
                set_tiles(administrator, asked.older_systems, lambda line: print(line, flush=True))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo_branch", description=__doc__)
    commands = parser.add_subparsers(required=True)
    now = datetime.now(_ZONE)
    today = now.date()

    writing = commands.add_parser("write", help="write the files")
    writing.add_argument("--customers", type=int, default=20_000)
    writing.add_argument("--out", type=Path, required=True)
    writing.add_argument("--seed", type=int, default=DEFAULT_SEED)
    writing.add_argument("--today", type=date.fromisoformat, default=today, help="bookings lie around this day")
    writing.add_argument("--hour", type=int, default=now.hour, help="bookings of that day lie behind this hour")
    writing.set_defaults(run=_write)

    loading = commands.add_parser("load", help="load organisation, files and tasks through the gateway")
    loading.add_argument("--base-url", default="http://localhost:8080")
    loading.add_argument("--token-url", required=True)
    loading.add_argument("--client", default="ods-files")
    loading.add_argument("--secret-file", type=Path, required=True)
    loading.add_argument("--from", dest="folder", type=Path, required=True, help="folder that `write` filled")
    loading.add_argument("--begin-url", default="", help="POST here at the end: the older system's /begin")
    loading.add_argument("--older-systems", nargs=3, metavar="URL", help="resource management, billing, complaints")
    loading.add_argument("--administrator", default="admin", help="who sets pairs and the tiles of the older systems")
    loading.add_argument("--password-file", type=Path, help="the administrator's password; without it nobody sets them")
    loading.add_argument("--today", type=date.fromisoformat, default=today)
    loading.add_argument("--days-back", type=int, default=2, help="ask for the tasks of so many past days, too")
    loading.set_defaults(run=_load)
    return parser


if __name__ == "__main__":
    sys.exit(main())
