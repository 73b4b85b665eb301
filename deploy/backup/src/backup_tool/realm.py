"""Keycloak's realm as a readable document. The realm itself is in the cluster; this one is for eyes, and for another Keycloak."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx

from backup_tool.catalogue import Catalogue, Full
from backup_tool.errors import BackupError
from backup_tool.keys import Key
from backup_tool.settings import BackupSettings
from backup_tool.vault import seal

REALM = "realm.gz.age"
_PAGE = 500


def export(settings: BackupSettings, catalogue: Catalogue, key: Key, full: Full) -> int:
    """Seal the realm's export beside a full backup and answer how many people it has. Passwords are in the cluster only."""
    password = settings.secret("keycloak_admin_password")
    address = settings.keycloak_url.rstrip("/")
    context = settings.tls()
    with httpx.Client(base_url=address, timeout=60, verify=context if context is not None else True) as http:
        try:
            http.headers["authorization"] = f"Bearer {_sign_in(http, password)}"
            answer = http.post(
                "/admin/realms/crm/partial-export", params={"exportClients": "true", "exportGroupsAndRoles": "true"}
            )
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
            document["users"] = list(_people(http))
        except httpx.HTTPError as error:
            raise BackupError(f"Keycloak at {address} did not export the realm: {error}") from error
    text = json.dumps(document, ensure_ascii=False, indent=1).encode()
    seal(io.BytesIO(text), catalogue.folder(full) / REALM, key)
    return len(document["users"])


def _sign_in(http: httpx.Client, password: str) -> str:
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": password}
    answer = http.post("/realms/master/protocol/openid-connect/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _people(http: httpx.Client) -> Iterator[dict[str, Any]]:
    first = 0
    while True:
        answer = http.get(
            "/admin/realms/crm/users", params={"first": first, "max": _PAGE, "briefRepresentation": "false"}
        )
        answer.raise_for_status()
        page: list[dict[str, Any]] = answer.json()
        yield from page
        first += len(page)
        if len(page) < _PAGE:
            return
