"""Loads the demo branch through the gateway, as an older system would."""

import os
import subprocess
import sys

from branch_server.setup.settings import Settings


def load(settings: Settings) -> None:
    """Writes the files and brings them in; a second time nothing is added."""
    customers, folder = os.environ.get("CRM_DEMO_CUSTOMERS", "20000"), "/tmp/demo"  # noqa: S108 - the container's own
    _run("write", "--customers", customers, "--out", folder)
    _run(
        "load",
        *("--base-url", settings.gateway, "--from", folder),
        *("--token-url", "https://keycloak:8443/auth/realms/crm/protocol/openid-connect/token"),
        *("--client", "ods-files", "--secret-file", str(settings.secrets_dir / "clients" / "ods-files")),
        *("--begin-url", f"{os.environ['CRM_GNET_INSIDE']}/begin"),
    )


def _run(*arguments: str) -> None:
    status = subprocess.run([sys.executable, "-m", "demo_branch", *arguments], check=False).returncode
    if status != 0:
        raise SystemExit(status)
