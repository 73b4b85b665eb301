"""`python -m branch_server images|up|down|status|logs`: what the Makefile's targets call."""

import argparse
import sys

from branch_server import images
from branch_server.places import Refusal


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and answers the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked) or 0)
    except Refusal as error:
        print(f"make {asked.command}: {error}", file=sys.stderr)
        return 1


def _images(asked: argparse.Namespace) -> None:
    images.build(closed=not asked.official, only=asked.only.split(",") if asked.only else ())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="branch_server", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    building = commands.add_parser("images", help="build every image")
    building.add_argument("--official", action="store_true", help="stand on images of a registry")
    building.add_argument("--only", default="", help="only these, separated by commas")
    building.set_defaults(run=_images)
    return parser


if __name__ == "__main__":
    sys.exit(main())
