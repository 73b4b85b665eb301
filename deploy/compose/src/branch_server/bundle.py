"""`make bundle`: everything a server without a network needs, in one file, with a signature over all of it.

    crm-<version>.tar
      install.sh crm release manifest.json maker.pem SHA256SUMS SHA256SUMS.sig
      images.tar.gz compose/ docs/ sbom/

`SHA256SUMS` names every other file and is what is signed (ECDSA on P-256 with SHA-256: what every OpenSSL can check by one
command). `release` holds what install.sh must know, in lines that a shell reads; `manifest.json` says the same and more to
programs.
"""

import gzip
import hashlib
import json
import shutil
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from branch_server import sbom
from branch_server.places import COMPOSE, PROJECT, Refusal, revision, version
from branch_server.programs import answer

HERE = PROJECT / "deploy" / "bundle"
DOCS = ("docs/operations.md", "docs/oracle.md", "docs/migrations.md", "deploy/compose/README.md")
KEY = PROJECT / ".local" / "maker" / "maker.key"
"""Where the maker's key lies unless another place is said; git-ignored, and to be kept elsewhere for real releases."""
ROOM = 3
"""Docker needs about three times the packed images while it loads them, and the databases need theirs."""


def build(images: Sequence[str], files: Sequence[str], out: Path, key: Path = KEY, sboms: Path = sbom.SBOMS) -> Path:
    """Writes the bundle of this release; answers its path.

    `files` are the compose files that `crm up` takes, in order; `sboms` the folder where `make images` left the lists of contents.
    """
    release = version()
    folder = out / f"crm-{release}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _pack_images(images, folder / "images.tar.gz")
    _lay_out(folder)
    for image in images:
        _copy_list(sboms / sbom.file_name(image), folder / "sbom")
    _describe(folder, release, images, files)
    _sign(folder, maker_key(key))
    bundle = out / f"crm-{release}.tar"
    with tarfile.open(bundle, "w", format=tarfile.PAX_FORMAT) as packed:
        packed.add(folder, folder.name, filter=_anonymous)
    shutil.rmtree(folder)
    return bundle


def follows(release: str) -> list[str]:
    """Answers which releases this one may follow, as patterns of a shell: its own series and the one before.

    Migrations expand first and contract one series later (docs/migrations.md), so a series may not be skipped.
    """
    major, minor, *rest = [*release.split("."), "", ""]
    if not (major.isdigit() and minor.isdigit() and rest[0]):
        raise Refusal(f"{release} is no version such as 1.4.0")
    before = [f"{major}.{int(minor) - 1}.*"] if int(minor) else []
    return [*before, f"{major}.{minor}.*"]


def maker_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Answers the key that signs; the first time it is made and its fingerprint should be told to the branch."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = ec.generate_private_key(ec.SECP256R1())
        path.touch(mode=0o600)
        path.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refusal(f"{path} holds no private key without a password: {error}") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise Refusal(f"{path} is no elliptic-curve key; `openssl ecparam -name prime256v1 -genkey -noout` makes one")
    return found


def fingerprint(key: ec.EllipticCurvePrivateKey) -> str:
    """Answers what install.sh shows of the maker, for comparing on another way."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()


def _pack_images(images: Sequence[str], place: Path) -> None:
    whole = place.with_suffix("")
    status, complaint = answer(["docker", "save", "-o", str(whole), *images], seconds=900)
    if status != 0:
        raise Refusal(f"the images could not be saved: {complaint}; `make images` builds them")
    with whole.open("rb") as saved, gzip.open(place, "wb", compresslevel=1) as packed:
        shutil.copyfileobj(saved, packed, 1 << 20)
    whole.unlink()


def _lay_out(folder: Path) -> None:
    for name in ("install.sh", "crm"):
        shutil.copy2(HERE / name, folder / name)
    for file in sorted(COMPOSE.iterdir()):
        if file.suffix in {".yaml", ".sql"} or file.name == ".env.example":
            _copy(file, folder / "compose" / file.name)
    for config in sorted((COMPOSE / "postgres").iterdir()):
        _copy(config, folder / "compose" / "postgres" / config.name)
    for name in DOCS:
        if (PROJECT / name).exists():
            place = "compose.md" if name.endswith("README.md") else Path(name).name
            _copy(PROJECT / name, folder / "docs" / place)


def _copy_list(source: Path, folder: Path) -> None:
    if not source.exists():
        raise Refusal(f"{source} is missing: `make images` writes it")
    _copy(source, folder / source.name)


def _describe(folder: Path, release: str, images: Sequence[str], files: Sequence[str]) -> None:
    packed = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    lines = {
        "VERSION": release,
        "REVISION": revision() or "-",
        "UPGRADES_FROM": " ".join(follows(release)),
        "COMPOSE_FILES": " ".join(files),
        "NEEDS_DISK_MB": str(ROOM * packed // 1_000_000 + 1000),
    }
    text = "".join(f"{name}='{value}'\n" for name, value in lines.items())
    (folder / "release").write_text(text, encoding="utf-8")
    manifest = {
        "version": release,
        "revision": revision(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "upgrades_from": follows(release),
        "images": {image: _id(image) for image in images},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _sign(folder: Path, key: ec.EllipticCurvePrivateKey) -> None:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "maker.pem").write_bytes(public)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sums = "".join(f"{_digest(file)}  {file.relative_to(folder)}\n" for file in files).encode()
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sig").write_bytes(key.sign(sums, ec.ECDSA(hashes.SHA256())))


def _id(image: str) -> str:
    status, found = answer(["docker", "image", "inspect", "--format", "{{.Id}}", image])
    if status != 0:
        raise Refusal(f"{image} is not there: {found}; `make images` builds it")
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, place)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
