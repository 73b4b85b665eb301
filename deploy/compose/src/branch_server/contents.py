"""What is in an image, asked of the image: packages of Debian and Python, jars of Java, modules of Go; and what the portal was built from.

Every line is `kind, name, version` (and an architecture), parted by tabs.
"""

import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator

from branch_server.places import PROJECT, Refusal
from branch_server.programs import answer

PORTAL = PROJECT / "gateway" / "portal" / "package-lock.json"
JARS = ("crm/keycloak", "opt/keycloak")
GO_PROGRAMS = ("crm/nats", "usr/local/bin/nats-server")
_DPKG = "dpkg-query -W -f='deb\\t${Package}\\t${Version}\\t${Architecture}\\n'"
_PYTHON = (
    'for file in /opt/crm/lib/python3*/site-packages/*.dist-info/METADATA; do [ ! -f "$file" ] || '
    'awk -F\': \' \'/^Name: /{name=$2} /^Version: /{print "pypi\\t" name "\\t" $2; exit}\' "$file"; done'
)
_GO_MARK = b"\xff Go buildinf:"
_MODULE_SEAL = 16
"""Go puts so many bytes before and after the list of modules, by which it is found in memory."""


def of(image: str) -> list[str]:
    """Answers a line for everything that is in an image."""
    status, text = answer(_inside(image, "sh", "-c", f"{_DPKG}; {_PYTHON}"), seconds=120)
    if status != 0:
        raise Refusal(f"{image} cannot be asked what is in it: {text}")
    name, lines = image.partition(":")[0], text.splitlines()
    if name == "crm/gateway":
        lines += portal(PORTAL.read_text(encoding="utf-8"))
    if name == JARS[0]:
        lines += [jar(file, held) for file, held in _files(image, JARS[1]) if file.endswith(".jar")]
    if name == GO_PROGRAMS[0]:
        lines += [line for _, held in _files(image, GO_PROGRAMS[1]) for line in go_modules(held)]
    return lines


def portal(lock: str) -> list[str]:
    """Answers the packages that the portal is built from, by its lock file; what only tests and builds need is none of them."""
    packages: dict[str, dict[str, object]] = json.loads(lock)["packages"]
    return [
        f"npm\t{place.rpartition('node_modules/')[2]}\t{known['version']}"
        for place, known in packages.items()
        if place and not known.get("dev") and not known.get("devOptional")
    ]


def jar(file: str, held: bytes) -> str:
    """Answers what a jar is: as Maven noted inside, or as its file is called where it noted nothing or several."""
    stem = file.rpartition("/")[2].removesuffix(".jar")
    with zipfile.ZipFile(io.BytesIO(held)) as opened:
        noted = [name for name in opened.namelist() if name.endswith("/pom.properties")]
        for one in map(opened.read, noted):
            pairs = (line.partition("=") for line in one.decode("utf-8", "replace").splitlines())
            said = {key.strip(): value.strip() for key, _, value in pairs}
            if stem.endswith(f"{said.get('artifactId')}-{said.get('version')}"):
                return f"maven\t{said['groupId']}/{said['artifactId']}\t{said['version']}"
    name, _, version = _parted(stem)
    # The distribution calls them group.artifact-version.
    group, _, artifact = name.rpartition(".")
    return f"maven\t{group or artifact}/{artifact}\t{version}"


def _parted(stem: str) -> tuple[str, str, str]:
    """Parts a name from the version behind it, which begins at the first dash before a digit."""
    at = next((i for i in range(len(stem) - 1) if stem[i] == "-" and stem[i + 1].isdigit()), len(stem))
    return stem[:at], "-", stem[at + 1 :] or "unknown"


def go_modules(program: bytes) -> list[str]:
    """Answers the modules that a program of Go was built from, itself first, as `go version -m` would list them."""
    at = program.find(_GO_MARK)
    if at < 0:
        raise Refusal("the program says nothing of its modules; was it built by Go 1.18 or newer?")
    version, place = _text(program, at + 32)
    modules, _ = _text(program, place)
    said = [line.split("\t") for line in modules[_MODULE_SEAL:-_MODULE_SEAL].decode("utf-8", "replace").splitlines()]
    found = [f"golang\t{one[1]}\t{one[2]}" for one in said if one[0] in {"mod", "dep"}]
    return [*found, f"golang\tstd\t{version.decode().removeprefix('go')}"]


def _text(held: bytes, place: int) -> tuple[bytes, int]:
    """Reads bytes with their length before them; answers them and the place after them."""
    length = shift = 0
    while True:
        byte = held[place]
        place += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return held[place : place + length], place + length


def _inside(image: str, *command: str) -> list[str]:
    return ["docker", "run", "--rm", "--network", "none", "--entrypoint", command[0], image, *command[1:]]


def _files(image: str, place: str) -> Iterator[tuple[str, bytes]]:
    """Yields every file below a place of an image: its name, and what it holds."""
    packed = _inside(image, "tar", "-C", "/", "-cf", "-", place)
    with (
        subprocess.Popen(packed, stdout=subprocess.PIPE) as packing,
        tarfile.open(fileobj=packing.stdout, mode="r|") as opened,
    ):
        for member in opened:
            if member.isfile() and (held := opened.extractfile(member)) is not None:
                yield member.name, held.read()
    if packing.returncode != 0:
        raise Refusal(f"{image}: {place} could not be read")
