"""What make certs and make secrets write: names, modes, ends, and that nothing there is ever lost or shown."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key
from cryptography.x509.oid import NameOID

from branch_trust.__main__ import main
from branch_trust.broker_users import USERS
from branch_trust.certificates import CertificateFiles
from branch_trust.parts import BROKER_PASSWORDS, PARTS, SECRETS
from branch_trust.secret_files import BROKER_FILE, Disagreement, SecretFiles

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_containers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]  # pytest calls it
    monkeypatch.setenv("CRM_PROJECT", "none-of-the-tests")


@pytest.fixture
def certs(tmp_path: Path) -> CertificateFiles:
    made = CertificateFiles(tmp_path / "certs")
    made.complete(["crm.branch.example", "10.9.8.7"], now=NOON)
    return made


def read(certs: CertificateFiles, part: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((certs.root / part / "tls.crt").read_bytes())


def names(certificate: x509.Certificate) -> list[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in found.value]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in folder.iterdir()}


def test_every_part_has_a_certificate_of_the_branch(certs: CertificateFiles) -> None:
    authority = x509.load_pem_x509_certificate((certs.root / "authority" / "ca.crt").read_bytes())
    for part in PARTS:
        found = read(certs, part.name)
        found.verify_directly_issued_by(authority)
        key = load_pem_private_key((certs.root / part.name / "tls.key").read_bytes(), None)
        assert key.public_key() == found.public_key()
        assert (certs.root / part.name / "ca.crt").read_bytes() == (certs.root / "authority" / "ca.crt").read_bytes()
        assert found.not_valid_after_utc == NOON + timedelta(days=90)
        more = ["crm.branch.example", "10.9.8.7"] if part.name == "gateway" else []
        assert names(found) == [part.name, "localhost", "127.0.0.1", *more]


def test_the_name_on_a_certificate_is_the_role_of_the_database(certs: CertificateFiles) -> None:
    made_out_to = {
        part.name: read(certs, part.name).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value for part in PARTS
    }
    assert made_out_to == {**{part.name: part.name for part in PARTS}, "setup": "postgres"}


def test_java_reads_the_key_of_keycloak(certs: CertificateFiles) -> None:
    key = load_der_private_key((certs.root / "keycloak" / "tls.pk8").read_bytes(), None)
    assert key.public_key() == read(certs, "keycloak").public_key()


def test_nobody_but_the_owner_reads_a_key(certs: CertificateFiles) -> None:
    assert modes(certs.root / "dispatch") == {"ca.crt": "644", "tls.crt": "644", "tls.key": "600"}
    assert modes(certs.root / "authority") == {"ca.crt": "644", "ca.key": "600"}
    assert stat.S_IMODE((certs.root / "authority").stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_belong_to_whom_reads_them_in_its_container(certs: CertificateFiles, tmp_path: Path) -> None:
    SecretFiles(tmp_path / "secrets").complete()
    owners = {part.name: (certs.root / part.name / "tls.key").stat().st_uid for part in PARTS}
    assert owners == {**dict.fromkeys(owners, 10001), "postgres": 999, "nats": 10002, "keycloak": 1000}
    secret = (tmp_path / "secrets" / "nats" / "nats.conf").stat()
    assert (secret.st_uid, secret.st_gid) == (10002, 10001)
    assert (certs.root / "authority" / "ca.key").stat().st_uid == 0


def test_a_second_run_changes_nothing(certs: CertificateFiles) -> None:
    before = contents(certs.root)
    written = certs.complete(now=NOON + timedelta(days=59))
    assert {one.renewed for one in written} == {False}
    assert contents(certs.root) == before


def test_what_ends_within_a_month_is_renewed_by_the_same_authority(certs: CertificateFiles) -> None:
    before = contents(certs.root)
    later = NOON + timedelta(days=61)
    written = certs.complete(now=later)
    assert {(one.renewed, one.until) for one in written} == {(True, later + timedelta(days=90))}
    after = contents(certs.root)
    assert {name for name in before if before[name] == after[name]} == {
        "authority/ca.crt",
        "authority/ca.key",
        *(f"{part.name}/ca.crt" for part in PARTS),
    }
    # Names that were given once are kept.
    assert names(read(certs, "gateway"))[-2:] == ["crm.branch.example", "10.9.8.7"]


def test_renewing_all_does_not_wait_for_the_end(certs: CertificateFiles) -> None:
    before = {part.name: read(certs, part.name).serial_number for part in PARTS}
    certs.complete(renew=True, now=NOON)
    assert all(read(certs, name).serial_number != serial for name, serial in before.items())


def test_one_that_is_missing_foreign_or_under_other_names_is_written_anew(
    certs: CertificateFiles, tmp_path: Path
) -> None:
    foreign = CertificateFiles(tmp_path / "foreign")
    foreign.complete(now=NOON)
    (certs.root / "nats" / "tls.crt").unlink()
    (certs.root / "support" / "tls.crt").write_bytes((foreign.root / "support" / "tls.crt").read_bytes())
    written = certs.complete(["crm.other.example"], now=NOON)
    assert {one.part for one in written if one.renewed} == {"nats", "support", "gateway"}
    assert names(read(certs, "gateway"))[3:] == ["crm.other.example"]


def test_an_authority_without_its_key_is_not_replaced(certs: CertificateFiles) -> None:
    (certs.root / "authority" / "ca.key").unlink()
    with pytest.raises(FileNotFoundError, match=r"ca.crt is there, but .*ca.key is not"):
        certs.complete(now=NOON)


def test_secrets_are_made_once_and_lie_where_they_are_needed(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    assert set(files.complete()) == {BROKER_FILE, *(place for secret in SECRETS for place in secret.places)}
    before = contents(files.root)
    assert files.complete() == []
    assert contents(files.root) == before
    for secret in SECRETS:
        assert len({before[place] for place in secret.places}) == 1
    values = [before[secret.places[0]] for secret in SECRETS]
    assert len(set(values)) == len(values)
    assert min(len(value.strip()) for value in values) >= len("crm-abcd-efgh-ijkl")


def test_a_secret_that_was_laid_there_is_kept_and_copied(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.complete()
    (files.root / "clients" / "gnet-crm").unlink()
    (files.root / "gnet-crm" / "client_secret").write_text("given by the other side\n")
    assert files.complete() == ["clients/gnet-crm"]
    assert (files.root / "clients" / "gnet-crm").read_text() == "given by the other side\n"


def test_the_broker_follows_a_password_that_is_made_anew(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.complete()
    before = (files.root / BROKER_FILE).read_text()
    (files.root / "customer" / "nats_password").unlink()
    assert files.complete() == ["customer/nats_password", BROKER_FILE]
    after = (files.root / BROKER_FILE).read_text()
    changed = [new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    password = (files.root / "customer" / "nats_password").read_text().strip()
    assert changed == [f'      {{ user: "customer", password: "{password}", permissions {{']


def test_two_different_copies_are_not_chosen_from(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.complete()
    (files.root / "clients" / "gnet-crm").write_text("another\n")
    before = contents(files.root)
    with pytest.raises(Disagreement, match=r"clients/gnet-crm and .*gnet-crm/client_secret must hold the same"):
        files.complete()
    assert contents(files.root) == before


def test_only_the_reader_and_the_setup_read_a_secret(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.complete()
    assert set(modes(files.root).values()) == {"750"}
    assert {mode for folder in files.root.iterdir() for mode in modes(folder).values()} == {"640"}


def test_nothing_secret_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--folder", str(tmp_path)]
    assert main([*asked, "secrets"]) == 0
    assert main([*asked, "certs", "--hosts", "crm.branch.example"]) == 0
    assert main([*asked, "certs", "--renew"]) == 0
    printed = "".join(capsys.readouterr())
    texts = [path.read_text(errors="replace").strip() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(texts) > 40
    assert [text for text in texts if text and text in printed] == []
    assert "written  dispatch/database_password" in printed


def test_a_failure_is_one_line_a_person_can_act_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--folder", str(tmp_path)]
    assert main([*asked, "certs"]) == 0
    (tmp_path / "certs" / "authority" / "ca.crt").unlink()
    assert main([*asked, "certs"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("certs: ")
    assert "lay it back from where you keep a copy" in said


def test_the_brokers_file_names_every_user_and_asks_for_certificates(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.complete()
    text = (files.root / "nats" / "nats.conf").read_text()
    for user, place in BROKER_PASSWORDS.items():
        assert f'user: "{user}", password: "{(files.root / place).read_text().strip()}"' in text
    assert {user.name for user in USERS} < set(BROKER_PASSWORDS)
    assert '"tests"' not in text
    assert "verify: true" in text
    assert 'http: "127.0.0.1:8222"' in text
    assert 'cert_file: "/run/certs/tls.crt"' in text
    assert "tls {" not in files.broker(certificates=False)
