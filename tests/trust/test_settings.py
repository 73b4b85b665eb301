"""What settings make of the folder of certificates."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from branch_trust.authority import Authority
from chassis.settings import Settings, load
from gateway.settings import GatewaySettings
from tests.trust import certs


def told(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    (tmp_path / "database_password").write_text("secret of tests")
    return {
        "nats_url": "nats://nats:4222",
        "issuer": "https://crm.branch.example/auth/realms/crm",
        "jwks_url": "https://keycloak:8443/auth/realms/crm/protocol/openid-connect/certs",
        "token_url": "https://keycloak:8443/auth/realms/crm/protocol/openid-connect/token",
        "client_id": "svc-dispatch",
        "secrets_dir": tmp_path,
        "home_dir": tmp_path,
        "grpc_port": 8090,
        **changes,
    }


def test_without_a_folder_everything_is_plain(tmp_path: Path) -> None:
    url = "postgresql+psycopg://dispatch@postgres/dispatch"
    settings = Settings(**told(tmp_path, database_url=url))
    assert settings.certificates is None
    assert settings.authority == ""
    assert settings.database() == make_url(url).set(password="secret of tests")


def test_the_database_is_asked_for_its_certificate_and_shown_ours(tmp_path: Path) -> None:
    folder = certs.part(Authority.make(), tmp_path / "dispatch")
    url = "postgresql+psycopg://dispatch@postgres/dispatch"
    settings = Settings(**told(tmp_path, database_url=url, tls_dir=str(folder)))
    assert dict(settings.database().query) == {
        "sslmode": "verify-full",
        "sslrootcert": f"{folder}/ca.crt",
        "sslcert": f"{folder}/tls.crt",
        "sslkey": f"{folder}/tls.key",
    }
    assert settings.certificates is settings.certificates
    assert settings.authority == f"{folder}/ca.crt"


def test_an_oracle_address_stays_as_it_is(tmp_path: Path) -> None:
    folder = certs.part(Authority.make(), tmp_path / "dispatch")
    url = "oracle+oracledb://dispatch@oracle:1521/?service_name=CRM"
    settings = Settings(**told(tmp_path, database_url=url, tls_dir=str(folder)))
    assert settings.database() == make_url(url).set(password="secret of tests")


def test_our_own_authority_is_trusted_beside_the_public_ones(tmp_path: Path) -> None:
    folder = certs.part(Authority.make(), tmp_path / "dispatch")
    ours = Settings(**told(tmp_path, tls_dir=str(folder))).trust
    public = Settings(**told(tmp_path)).trust
    assert len(ours.get_ca_certs()) == len(public.get_ca_certs()) + 1 > 50


def test_a_folder_without_an_authority_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=rf"{tmp_path}/nothing/ca.crt cannot be read"):
        _ = Settings(**told(tmp_path, tls_dir=f"{tmp_path}/nothing")).trust


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"https_cert": "/a"}, "CRM_HTTPS_CERT and CRM_HTTPS_KEY belong together"),
        ({"https_key": "/a"}, "CRM_HTTPS_CERT and CRM_HTTPS_KEY belong together"),
        (
            {"https_cert": "/a", "https_key": "/b", "public_url": "http://crm.branch.example"},
            "CRM_PUBLIC_URL is http://crm.branch.example, but with CRM_HTTPS_CERT it must begin with https://",
        ),
    ],
)
def test_half_a_certificate_for_browsers_is_refused(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        load(GatewaySettings, **told(tmp_path, upstream={"dispatch": "dispatch:8090"}, **changes))
