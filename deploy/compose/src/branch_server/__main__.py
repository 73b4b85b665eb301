"""`python -m branch_server engine|images|up|down|status|logs|restart|backup|restore|…`: what the Makefile's targets call."""

import argparse
import sys
from pathlib import Path

from branch_server import bundle, engine, images, keeping, rolling, status, suite
from branch_server.places import PROJECT, Refusal


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and answers the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked) or 0)
    except Refusal as error:
        print(f"make {asked.command}: {error}", file=sys.stderr)
        return 1


def _engine(asked: argparse.Namespace) -> None:
    if asked.stop:
        engine.stop()
    else:
        engine.ensure(install=True)


def _images(asked: argparse.Namespace) -> None:
    engine.ensure()
    images.build(closed=not asked.official, only=asked.only.split(",") if asked.only else ())


def _bundle(asked: argparse.Namespace) -> None:
    engine.ensure()
    # The older systems' stand-ins are for demonstrations.
    wanted = [name for name in images.build() if not name.startswith("crm/counterparts:")]
    key = asked.key or bundle.KEY
    place = bundle.build(wanted, (*suite.LAYERS, "compose.closed.yaml"), asked.out, key)
    print(f"\n  {place} ({place.stat().st_size / 2**20:.0f} MiB)")
    print(f"  Tell the branch on another way by whom it is signed: {bundle.fingerprint(bundle.maker_key(key))}\n")


def _up(asked: argparse.Namespace) -> None:
    engine.ensure()
    suite.up(demo=asked.demo)


def _down(asked: argparse.Namespace) -> None:
    suite.down(wipe=asked.wipe)


def _status(_: argparse.Namespace) -> int:
    screen, well = status.screen()
    print(screen)
    return 0 if well else 1


def _logs(asked: argparse.Namespace) -> int:
    return suite.logs(asked.parts)


def _restart(asked: argparse.Namespace) -> None:
    rolling.restart(asked.part)


def _backup(_: argparse.Namespace) -> int:
    return keeping.ask("run")


def _drill(_: argparse.Namespace) -> int:
    return keeping.ask("drill")


def _backups(_: argparse.Namespace) -> int:
    return keeping.ask("status") or keeping.ask("window")


def _restore(asked: argparse.Namespace) -> int:
    return keeping.restore(asked.at)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="branch_server", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    engines = commands.add_parser("engine", help="install and start a container engine where there is none")
    engines.add_argument("--stop", action="store_true", help="stop the one that was started so")
    engines.set_defaults(run=_engine)
    building = commands.add_parser("images", help="build every image")
    building.add_argument("--official", action="store_true", help="stand on images of a registry")
    building.add_argument("--only", default="", help="only these, separated by commas")
    building.set_defaults(run=_images)
    bundling = commands.add_parser("bundle", help="write everything a closed network needs into one signed file")
    bundling.add_argument("--key", type=Path, help="the maker's private key (PEM)")
    bundling.add_argument("--out", type=Path, default=PROJECT / "dist", help="the folder to write to")
    bundling.set_defaults(run=_bundle)
    starting = commands.add_parser("up", help="start everything, wait until it is healthy")
    starting.add_argument("--demo", action="store_true", help="load the demo branch, too")
    starting.set_defaults(run=_up)
    stopping = commands.add_parser("down", help="stop everything; the data stay")
    stopping.add_argument("--wipe", action="store_true", help="wipe the data, too")
    stopping.set_defaults(run=_down)
    commands.add_parser("status", help="one screen; ends with 1 while something is not well").set_defaults(run=_status)
    showing = commands.add_parser("logs", help="follow the logs")
    showing.add_argument("parts", nargs="*")
    showing.set_defaults(run=_logs)
    restarting = commands.add_parser("restart", help="put a fresh container in the place of a part while people work")
    restarting.add_argument("part")
    restarting.set_defaults(run=_restart)
    for name, run, words in (
        ("backup", _backup, "take a backup now"),
        ("drill", _drill, "restore the newest backup aside and prove it"),
        ("backups", _backups, "what was backed up, and to which moments can be restored"),
    ):
        commands.add_parser(name, help=words).set_defaults(run=run)
    restoring = commands.add_parser("restore", help="put the stopped suite back to a moment")
    restoring.add_argument("at", help="latest, or a moment: 2026-11-22 10:15:00+08")
    restoring.set_defaults(run=_restore)
    return parser


if __name__ == "__main__":
    sys.exit(main())
