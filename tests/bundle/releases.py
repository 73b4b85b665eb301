"""The bundles of an upgrade: of the release before, built from its commit; of this checkout; of one that does not run."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from branch_server import bundle, suite
from branch_server.places import PROJECT

FOLDER = PROJECT / ".local" / "releases"
"""What was built of earlier releases; git-ignored, and never changed since a commit never changes."""
KEY = FOLDER / "maker.key"
LAYERS = (*suite.LAYERS, "compose.closed.yaml")


@dataclass(frozen=True)
class Release:
    """A release that was: its version, and the commit it is built from. A clone may lack the tag."""

    version: str
    commit: str

    @property
    def folder(self) -> Path:
        """Where it is built."""
        return FOLDER / f"{self.version}-{self.commit[:12]}"


def earlier() -> Release:
    """Answers the release that this checkout must be able to follow."""
    known = json.loads((Path(__file__).parent / "releases.json").read_text(encoding="utf-8"))
    return Release(**known["earlier"])


def bundle_of(release: Release) -> Path:
    """Builds the bundle of an earlier release unless that was done; answers it."""
    packed = release.folder / "dist" / f"crm-{release.version}.tar"
    if not packed.exists():
        tree = _check_out(release)
        _portal(tree)
        unfinished = release.folder / "unfinished"
        _build(tree, unfinished)
        unfinished.rename(packed.parent)
        shutil.rmtree(tree)
    return packed


def bundle_of_this(out: Path) -> Path:
    """Builds the bundle of this checkout; answers it."""
    _build(PROJECT, out)
    return next(out.glob("crm-*.tar"))


def bundle_that_fails(version: str, good: str, out: Path) -> Path:
    """Makes a bundle whose gateway ends at once; its other images are those of the release `good`, which the engine has.

    The gateway is the last part to be replaced: by then the others are of the new release.
    """
    for image in _images(good):
        _run(["docker", "tag", image, image.replace(f":{good}", f":{version}")])
    broken = f"crm/gateway:{version}"
    recipe = f"FROM crm/gateway:{good}\nCMD echo this release is broken; exit 1\n"
    _run(["docker", "build", "-q", "-t", broken, "-"], recipe)
    (out / "sbom").mkdir(parents=True)
    (out / "sbom" / f"crm-gateway-{version}.cdx.json").write_text("{}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_VERSION", version)
        return bundle.build([broken], LAYERS, out, KEY, out / "sbom")


def forget(version: str) -> None:
    """Takes the names of a release's images back; what others share with them stays."""
    for image in _images(version):
        _run(["docker", "image", "rm", image])


def unpack(packed: Path, folder: Path) -> Path:
    """Unpacks a bundle as `tar xf` does; answers its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed) as opened:
        opened.extractall(folder, filter="data")
    return folder / packed.stem


def _images(version: str) -> list[str]:
    form = ["--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference=crm/*:{version}"]
    return _run(["docker", "images", *form]).split()


def _check_out(release: Release) -> Path:
    """Lays out the sources of a release with a history of their own."""
    known = subprocess.run(
        ["git", "-C", str(PROJECT), "cat-file", "-e", f"{release.commit}^{{commit}}"], capture_output=True, check=False
    )
    if known.returncode:
        pytest.fail(
            f"this clone lacks the commit of release {release.version} ({release.commit}), from which an upgrade is tried: "
            "fetch the whole history (git fetch --unshallow)"
        )
    tree = release.folder / "tree"
    shutil.rmtree(release.folder, ignore_errors=True)
    release.folder.mkdir(parents=True)
    _run(["git", "clone", "-q", "--no-checkout", str(PROJECT), str(tree)])
    _run(["git", "-C", str(tree), "checkout", "-q", "--detach", release.commit])
    return tree


def _portal(tree: Path) -> None:
    """Builds the portal; the packages of this checkout serve when the same ones are locked."""
    here, there = PROJECT / "gateway" / "portal", tree / "gateway" / "portal"
    if _packages(here) == _packages(there) and (here / "node_modules").is_dir():
        (there / "node_modules").mkdir()
        for package in (here / "node_modules").iterdir():
            (there / "node_modules" / package.name).symlink_to(package)
    else:
        _run(["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(there)])
    _run(["npm", "run", "build", "--silent", "--prefix", str(there)])


def _packages(portal: Path) -> dict[str, Any]:
    """Answers what a portal's lock file pins, the portal's own version left out."""
    locked: dict[str, Any] = json.loads((portal / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked[""].pop("version")
    return locked


def _build(tree: Path, out: Path) -> None:
    """Runs what `make bundle` runs, with the sources of that tree and with what was fetched for this one."""
    for fetched in ("python", "backup", "keycloak"):
        here, there = PROJECT / ".local" / "images" / fetched, tree / ".local" / "images" / fetched
        if here.is_dir() and not there.exists():
            shutil.copytree(here, there, copy_function=os.link)
    server = tree / ".venv" / "bin" / "nats-server"
    if not server.exists():
        server.parent.mkdir(parents=True)
        shutil.copy2(PROJECT / ".venv" / "bin" / "nats-server", server)
    command = [sys.executable, "-m", "branch_server", "bundle", "--out", str(out), "--key", str(KEY)]
    cache = os.environ.get("CRM_CACHE") or str(PROJECT / ".local" / "cache")
    _run(command, environment={"PYTHONPATH": str(tree / "deploy" / "compose" / "src"), "CRM_CACHE": cache})


def _run(command: list[str], feed: str = "", environment: dict[str, str] | None = None) -> str:
    told = {**os.environ, **(environment or {})}
    done = subprocess.run(command, input=feed, capture_output=True, text=True, check=False, env=told)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
