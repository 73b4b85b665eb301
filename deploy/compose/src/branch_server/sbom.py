"""What is in an image, as CycloneDX 1.5 JSON: Debian packages by dpkg, Python packages by their metadata.

Asked of the image itself and not of a lock file, so that the list says what is there.
"""

import json
import re
from pathlib import Path
from typing import Any

from branch_server.places import WORK, Refusal
from branch_server.programs import answer

SBOMS = WORK / "sbom"
_DPKG = "dpkg-query -W -f='deb\\t${Package}\\t${Version}\\t${Architecture}\\n'"
_PYTHON = (
    'for file in /opt/crm/lib/python3*/site-packages/*.dist-info/METADATA; do [ ! -f "$file" ] || '
    'awk -F\': \' \'/^Name: /{name=$2} /^Version: /{print "pypi\\t" name "\\t" $2; exit}\' "$file"; done'
)


def write(image: str) -> Path:
    """Writes the list of an image, unless it is there and of this very image; answers the file."""
    file = SBOMS / file_name(image)
    identity = answer(["docker", "image", "inspect", "--format", "{{.Id}}", image])[1]
    if file.exists() and _identity(file) == identity:
        return file
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", f"{_DPKG}; {_PYTHON}"]
    status, text = answer(command, seconds=120)
    if status != 0:
        raise Refusal(f"{image} cannot be asked what is in it: {text}")
    SBOMS.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document(image, text, identity), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def file_name(image: str) -> str:
    """Answers the name of the file that lists what is in an image."""
    return re.sub(r"[/:]", "-", image) + ".cdx.json"


def _identity(file: Path) -> str:
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return str(known["metadata"]["component"].get("bom-ref", ""))


def document(image: str, listed: str, identity: str = "") -> dict[str, Any]:
    """Answers the document for lines of `kind, name, version`, parted by tabs; `identity` is the id of the image."""
    name, _, tag = image.partition(":")
    components = [_component(*line.split("\t")) for line in sorted(set(listed.splitlines())) if line.count("\t") >= 2]
    if not components:
        raise Refusal(f"{image}: nothing was found in it, which cannot be")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "version": tag, "bom-ref": identity or image}},
        "components": components,
    }


def _component(kind: str, name: str, version: str, architecture: str = "") -> dict[str, str]:
    address = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    if kind == "deb":
        address = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
    return {"type": "library", "name": name, "version": version, "purl": address}
