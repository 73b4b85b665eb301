"""What is in an image (contents.py), as CycloneDX 1.5 JSON: one file an image."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from branch_server import contents
from branch_server.places import WORK, Refusal
from branch_server.programs import answer

SBOMS = WORK / "sbom"
_ADDRESSES = {
    "deb": "pkg:deb/debian/{name}@{version}?arch={architecture}",
    "pypi": "pkg:pypi/{name}@{version}",
    "npm": "pkg:npm/{name}@{version}",
    "maven": "pkg:maven/{name}@{version}",
    "golang": "pkg:golang/{name}@{version}",
}


def write(image: str) -> Path:
    """Writes the list of an image, unless it is there, of this very image and as we make lists now; answers the file."""
    file = SBOMS / file_name(image)
    identity = answer(["docker", "image", "inspect", "--format", "{{.Id}}", image])[1]
    if file.exists() and _said_by(file) == (identity, maker()):
        return file
    told = document(image, contents.of(image), identity)
    SBOMS.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def file_name(image: str) -> str:
    """Answers the name of the file that lists what is in an image."""
    return re.sub(r"[/:]", "-", image) + ".cdx.json"


def maker() -> str:
    """Answers by which sources lists are made: other ones make other lists."""
    sources = (Path(__file__), Path(contents.__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _said_by(file: Path) -> tuple[str, str]:
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["metadata"]
    tools: list[dict[str, str]] = known.get("tools", {}).get("components") or [{}]
    return str(known["component"].get("bom-ref", "")), str(tools[0].get("version", ""))


def document(image: str, listed: Iterable[str], identity: str = "") -> dict[str, Any]:
    """Answers the document for lines of `kind, name, version`, parted by tabs; `identity` is the id of the image."""
    name, _, tag = image.partition(":")
    components = [_component(*line.split("\t")) for line in sorted(set(listed)) if line.count("\t") >= 2]
    if not components:
        raise Refusal(f"{image}: nothing was found in it, which cannot be")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "container", "name": name, "version": tag, "bom-ref": identity or image},
            "tools": {"components": [{"type": "application", "name": "branch_server", "version": maker()}]},
        },
        "components": components,
    }


def _component(kind: str, name: str, version: str, architecture: str = "") -> dict[str, str]:
    called = name.lower().replace("_", "-") if kind == "pypi" else quote(name)
    address = _ADDRESSES[kind].format(name=called, version=quote(version, safe="+~:"), architecture=architecture)
    return {"type": "library", "name": name, "version": version, "purl": address}
