"""Keycloak: its configuration and its realm, written where it reads them at its start; an older realm brought up to date."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from branch_server.setup.settings import SHARED, Settings
from demo_branch.people import staff
from local_stack import keycloak, realm, realm_update
from local_stack.children import business

KEYCLOAK_GROUP = 1000
REALM_FILE = SHARED / "crm-realm.json"
_INSIDE = "https://keycloak:8443/auth"
_CERTIFICATES = "/run/certs"
_ENCRYPTED = "&".join(
    [
        "sslmode=verify-full",
        f"sslrootcert={_CERTIFICATES}/ca.crt",
        f"sslcert={_CERTIFICATES}/tls.crt",
        # The driver reads keys in Java's form only.
        f"sslkey={_CERTIFICATES}/tls.pk8",
    ]
)


def write(settings: Settings) -> None:
    """Writes configuration and realm; both hold secrets, so only Keycloak's group may read them."""
    _private(SHARED / "keycloak.conf", _configuration(settings))
    _private(REALM_FILE, json.dumps(_realm(settings), ensure_ascii=False))
    print("keycloak: configuration and realm written", flush=True)


def update(settings: Settings) -> None:
    """Adds to the running Keycloak what this release has more than the one that made the realm."""
    password = settings.secret("keycloak", "admin_password")
    administration = realm_update.Administration.sign_in(_INSIDE, password)
    with administration.http:
        wanted = json.loads(REALM_FILE.read_text(encoding="utf-8"))
        added = realm_update.bring_up_to_date(administration, wanted)
    print(f"realm: {', '.join(added) or 'up to date'}", flush=True)


def _configuration(settings: Settings) -> str:
    values = {
        "db": "postgres",
        "db-url": f"jdbc:postgresql://postgres:5432/keycloak?{_ENCRYPTED}",
        "db-username": "keycloak",
        "db-password": settings.secret("keycloak", "database_password"),
        "db-pool-initial-size": "1",
        "db-pool-min-size": "1",
        "db-pool-max-size": "20",
        "https-certificate-file": f"{_CERTIFICATES}/tls.crt",
        "https-certificate-key-file": f"{_CERTIFICATES}/tls.key",
        # So often it looks whether they were renewed.
        "https-certificates-reload-period": "1m",
        # It tells the gateway when a session ends, and must believe its certificate.
        "truststore-paths": f"{_CERTIFICATES}/ca.crt",
        # Health is asked by its own container only.
        "http-management-scheme": "http",
        "cache": "local",
        "http-pool-max-threads": "40",
        "hostname": f"{settings.public_url}/auth",
        "hostname-backchannel-dynamic": "true",
        "proxy-headers": "xforwarded",
        # Only parts of the suite reach it at all; the gateway is one of them.
        "proxy-trusted-addresses": settings.subnet,
        "bootstrap-admin-username": "admin",
        "bootstrap-admin-password": settings.secret("keycloak", "admin_password"),
        "log-level": "info",
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _realm(settings: Settings) -> dict[str, Any]:
    machines = realm.machines(business())
    secrets = {machine.client_id: _secret(settings, machine.client_id) for machine in machines}
    secrets["gateway"] = settings.secret("gateway", "client_secret")
    people = [realm.Person(one.number, one.name, one.roles) for one in staff()]
    if not settings.demo:
        # A branch of its own begins with its administrators; everybody else comes in through them.
        people = [one for one in people if "administrator" in one.roles]
    credential = keycloak.new_credential(settings.secret("people", "first_password"))
    addresses = realm.Addresses(settings.public_url, settings.gateway)
    rendered = realm.render(realm.template(), machines, secrets, people, credential, addresses)
    if not settings.demo:
        for user in rendered["users"]:
            if "credentials" in user:
                user["requiredActions"] = ["UPDATE_PASSWORD"]
    return rendered


def _secret(settings: Settings, client_id: str) -> str:
    """A service's own client has its secret beside the service's others; an external system's lies in `clients`."""
    if client_id == realm.ACCOUNTS.client_id:
        return settings.secret("support", "accounts_secret")
    if client_id.startswith("svc-"):
        return settings.secret(client_id.removeprefix("svc-"), "client_secret")
    return settings.secret("clients", client_id)


def _private(file: Path, text: str) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.touch(mode=0o640)
    unfinished.write_text(text, encoding="utf-8")
    shutil.chown(unfinished, group=KEYCLOAK_GROUP)
    os.replace(unfinished, file)  # noqa: PTH105 - one step, never half a file
