"""`make images`: every image of the suite, from packages and the sources of this checkout.

The classic builder is the common ground of every engine from 20.10 on. What was built from the same files is taken from
its cache, so a second run takes seconds.
"""

import fcntl
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
    parts = [part for part in present() if not only or part.name in only]
    wanted = [name for name in ("postgres", "backup", "keycloak", "nats") if not only or name in only]
    # Side by side: one waits for a disk or a network while the other computes.
    with ThreadPoolExecutor(3) as lanes:
        stable = lanes.submit(ground.ensure, "bookworm") if closed else _done("debian:bookworm-slim")
        others = lanes.submit(_others, wanted, closed, stable)
        ours = lanes.submit(_ours, parts, stable)
        return [*ours.result(), *others.result()]


def _done(name: str) -> Future[str]:
    known = Future[str]()
    known.set_result(name)
    return known


def _ours(parts: Sequence[Part], stable: Future[str]) -> list[str]:
    if not parts:
        return []
    context, tag = contexts.python(), version()
    _build(PYTHON, context, {"BASE": stable.result()})
    return [_listed(_part(part, tag)) for part in parts]


def _others(wanted: Sequence[str], closed: bool, stable: Future[str]) -> list[str]:
    tag, built = version(), list[str]()
    if {"postgres", "backup"} & set(wanted):
        testing = ground.ensure("forky") if closed else "debian:forky-slim"
        built.append(_listed(_build(f"crm/postgres:{tag}", contexts.postgres(), {"BASE": testing})))
        told = {"POSTGRES": f"crm/postgres:{tag}", "VERSION": tag, "REVISION": revision()}
        built.append(_listed(_build(f"crm/backup:{tag}", contexts.backup(), told)))
    if "keycloak" in wanted:
        options = {"BASE": stable.result(), "BUILD_OPTIONS": " ".join(KEYCLOAK_OPTIONS)}
        built.append(_listed(_build(f"crm/keycloak:{tag}", contexts.keycloak(), options)))
    if closed and "nats" in wanted:
        built.append(_listed(_build(f"crm/nats:{tag}", contexts.nats(), {"BASE": stable.result()})))
    return built


def _listed(image: str) -> str:
    sbom.write(image)
    return image


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
