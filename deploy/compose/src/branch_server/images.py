"""`make images`: every image of the suite, from packages and the sources of this checkout.

The classic builder is the common ground of every engine from 20.10 on. What was built from the same files is taken from
its cache, so a second run takes seconds.
"""

import fcntl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from branch_server import contexts, ground, sbom
from branch_server.parts import Part, present
from branch_server.places import WORK, Refusal, revision, version
from branch_server.programs import answer, run

PYTHON = "crm-python:bookworm"
KEYCLOAK_OPTIONS = (
    "--db=postgres",
    "--health-enabled=true",
    "--http-relative-path=/auth",
    "--http-management-relative-path=/",
    "--features-disabled=ciba,device-flow,kerberos,organization,impersonation,par",
)


def build(*, closed: bool = True, only: Sequence[str] = ()) -> list[str]:
    """Builds the images and their lists of contents; answers the images' names.

    `closed`: nothing from an image registry, PostgreSQL and NATS included.
    """
    with _alone():
        return _build_all(closed, only)


@contextmanager
def _alone() -> Generator[None]:
    """Waits for another `make images` of this checkout: what images are built from lies in one place."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_all(closed: bool, only: Sequence[str]) -> list[str]:
    tag, stable = version(), "debian:bookworm-slim"
    if closed:
        stable = ground.ensure("bookworm")
    parts = [part for part in present() if not only or part.name in only]
    built: list[str] = []
    if parts:
        _build(PYTHON, contexts.python(), {"BASE": stable})
        built += [_part(part, tag) for part in parts]
    if not only or "keycloak" in only:
        options = {"BASE": stable, "BUILD_OPTIONS": " ".join(KEYCLOAK_OPTIONS)}
        built.append(_build(f"crm/keycloak:{tag}", contexts.keycloak(), options))
    if closed and (not only or "nats" in only):
        built.append(_build(f"crm/nats:{tag}", contexts.nats(), {"BASE": stable}))
    if not only or {"postgres", "backup"} & set(only):
        forky = ground.ensure("forky") if closed else "debian:forky-slim"
        built.append(_build(f"crm/postgres:{tag}", contexts.postgres(), {"BASE": forky}))
        told = {"POSTGRES": f"crm/postgres:{tag}", "VERSION": tag, "REVISION": revision()}
        built.append(_build(f"crm/backup:{tag}", contexts.backup(), told))
    for image in built:
        sbom.write(image)
    return built


def missing(names: Sequence[str]) -> list[str]:
    """Answers which images this engine does not have."""
    return [name for name in names if answer(["docker", "image", "inspect", name])[0] != 0]


def _part(part: Part, tag: str) -> str:
    if part.name == "gateway" and not any(str(file).endswith("dist/index.html") for file in part.files()):
        raise Refusal("the portal is not built: run `make install` first")
    told = {"PYTHON": PYTHON, "PART": part.module, "VERSION": tag, "REVISION": revision()}
    return _build(f"crm/{part.name}:{tag}", contexts.sources(part), told)


def _build(name: str, context: Path, told: dict[str, str]) -> str:
    arguments = [text for key, value in told.items() for text in ("--build-arg", f"{key}={value}")]
    command = ["docker", "build", "--network", "host", *arguments, "-t", name, str(context)]
    run(f"building {name}", command, {"DOCKER_BUILDKIT": "0"})
    return name
