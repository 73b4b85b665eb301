"""`python -m branch_server.setup prepare|update-realm|load-demo`: each ends by itself, and may be run again."""

import argparse

from branch_server.setup import databases, demo, identity, settings
from local_stack.children import business


def main(arguments: list[str] | None = None) -> None:
    """Runs one of them."""
    parser = argparse.ArgumentParser(prog="branch_server.setup", description=__doc__)
    parser.add_argument("what", choices=["prepare", "update-realm", "load-demo"])
    asked, told = parser.parse_args(arguments).what, settings.read()
    if asked == "prepare":
        databases.ensure(told, (*business(), "keycloak"))
        identity.write(told)
    elif asked == "update-realm":
        identity.update(told)
    else:
        demo.load(told)


if __name__ == "__main__":
    main()
