"""`python -m branch_trust certs|secrets`: what `make certs` and `make secrets` do. Prints names, never a secret."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from branch_trust import certificates, reload, secret_files
from branch_trust.certificates import CertificateFiles
from branch_trust.secret_files import Disagreement, SecretFiles

PRIVATE = Path(__file__).resolve().parents[3] / "compose" / "private"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked and answer the exit status."""
    asked = _parser().parse_args(arguments)
    if os.geteuid() != 0:
        print(
            "Not root: the files stay yours. Containers run as users of their own and read them only", file=sys.stderr
        )
        print("after root has run this once more.", file=sys.stderr)
    try:
        return _certs(asked) if asked.what == "certs" else _secrets(asked)
    except (OSError, ValueError, TypeError, Disagreement) as error:
        print(f"{asked.what}: {error}", file=sys.stderr)
        return 1


def _certs(asked: argparse.Namespace) -> int:
    folder: Path = asked.folder / certificates.FOLDER
    hosts = [host for host in asked.hosts.replace(",", " ").split() if host]
    written = CertificateFiles(folder).complete(hosts, renew=asked.renew)
    for one in written:
        print(f"{one.part:<10} until {one.until:%Y-%m-%d}  {'written' if one.renewed else 'still good'}")
    renewed = [one.part for one in written if one.renewed]
    for part in reload.tell(renewed):
        print(f"{part:<10} was told to read its certificate again")
    if renewed:
        print("Our own parts use a renewed certificate within a second, Keycloak within a minute; nobody is cut off.")
    return 0


def _secrets(asked: argparse.Namespace) -> int:
    folder: Path = asked.folder / secret_files.FOLDER
    written = SecretFiles(folder).complete(certificates=not asked.plain)
    for place in written:
        print(f"written  {place}")
    if secret_files.BROKER_FILE in written and reload.tell(["nats"]):
        print("nats was told to read its users again")
    print(f"{len(written)} files written to {folder}; those that were there are as they were.")
    if "backup/backup_key" in written:
        print(f"Keep a copy of {folder / 'backup' / 'backup_key'} away from this server: no backup opens without it.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="branch_trust", description="Certificates and secrets of a branch's server.")
    parser.add_argument("--folder", type=Path, default=PRIVATE, help="where they are kept")
    what = parser.add_subparsers(dest="what", required=True)
    certs = what.add_parser("certs", help="write certificates that are missing or end within 30 days")
    certs.add_argument("--renew", action="store_true", help="all of them, whenever they end")
    certs.add_argument(
        "--hosts",
        default=os.environ.get("CRM_HOST", ""),
        help="names of the gateway for browsers and external systems (CRM_HOST); once given they are kept",
    )
    secrets = what.add_parser("secrets", help="write secrets that are missing")
    secrets.add_argument("--plain", action="store_true", help="a broker without certificates, on loopback only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
