"""Under which licences we pass on what others wrote: permissive ones, and the few others by name with the reason."""

import re
from importlib import metadata

from local_stack.layout import PROJECT

PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|UPL|Zlib|Unlicense|0BSD)\b")
OTHERS = {
    # Weak copyleft: each lies in the lock file as its author's own wheel, unmodified and replaceable by another version,
    # which is all that the LGPL and the MPL ask of those who pass on a program that uses it.
    "certifi": "MPL-2.0: the certificates of public authorities",
    "jwcrypto": "LGPL-3.0-or-later: comes with python-keycloak, which keeps the accounts of staff",
    "orjson": "MPL-2.0 beside MIT or Apache",
    "psycopg": "LGPL-3.0-only: the driver of PostgreSQL",
    "psycopg-binary": "LGPL-3.0-only: the same, compiled",
}
UNSAID = {"pyrage": "MIT: its metadata is silent, its repository's LICENSE is not"}


def locked() -> list[str]:
    lines = (PROJECT / "requirements.lock").read_text("utf-8").splitlines()
    installed = {each.metadata["Name"].lower().replace("_", "-") for each in metadata.distributions()}
    return [
        name for line in lines if "==" in line and line[0] not in " #" and (name := line.split("==")[0]) in installed
    ]


def licence(name: str) -> str:
    """What a distribution says itself: the expression, else the classifiers, else the first line of the text."""
    said = metadata.metadata(name).json
    classified = [each for each in said.get("classifier", []) if each.startswith("License")]
    return str(said.get("license_expression") or "; ".join(classified) or str(said.get("license", "")).split("\n")[0])


def test_every_licence_is_permissive_or_known_by_name() -> None:
    said = {name: licence(name) for name in locked()}
    unknown = {
        name: text
        for name, text in said.items()
        if name not in OTHERS and name not in UNSAID and (not PERMISSIVE.search(text) or "GPL" in text)
    }
    assert unknown == {}, "look at its licence files, and name it with the reason or choose another"


def test_those_known_by_name_are_there_and_what_they_are_said_to_be() -> None:
    said = {name: licence(name) for name in OTHERS}
    assert {
        name for name in OTHERS if "GPL" not in said[name] and "MPL" not in said[name] and "Mozilla" not in said[name]
    } == set()
    assert said["jwcrypto"] == "LGPL-3.0-or-later"
    assert {name for name in UNSAID if licence(name)} == set(), "says its licence by now"
