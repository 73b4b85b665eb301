"""What the make targets do before they ask an engine: settings, sources of images, lists of contents, the screen of status."""

from pathlib import Path

import pytest

from branch_server import parts, sbom, status, suite
from branch_server.places import COMPOSE, PROJECT, Refusal


def test_settings_of_a_server_are_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("# a comment=1\nCRM_PORT=8443\n\nCRM_KEYCLOAK_HEAP=-Xms64m -Xmx256m\nnothing\n", encoding="utf-8")
    assert suite.settings(file) == {"CRM_PORT": "8443", "CRM_KEYCLOAK_HEAP": "-Xms64m -Xmx256m"}
    assert suite.settings(tmp_path / "missing") == {}


def test_every_setting_of_the_compose_files_is_explained() -> None:
    explained = suite.settings(COMPOSE / ".env.example").keys()
    text = "".join(
        file.read_text(encoding="utf-8") for file in (*COMPOSE.glob("compose*.yaml"), COMPOSE / "hardened.yaml")
    )
    used = {piece.split(":")[0].split("}")[0] for piece in text.split("${")[1:]}
    # The version is that of the checkout; where the services' databases lie is said by compose.oracle.yaml.
    derived = {"CRM_VERSION", *(name for name in used if name.endswith("_DATABASE_URL"))}
    assert used - derived <= explained
    assert explained <= used | {"COMPOSE_FILE"}


def test_an_image_holds_its_part_and_what_it_stands_on_and_no_other() -> None:
    dispatch = next(part for part in parts.PARTS if part.name == "dispatch")
    held = {file.as_posix() for file in dispatch.files()}
    assert {"services/dispatch/src/dispatch/__main__.py", "libs/chassis/src/chassis/service.py"} <= held
    assert any(file.startswith("services/dispatch/migrations/") for file in held)
    assert not {file for file in held if file.startswith(("services/customer", "tests", "gateway", "deploy"))}
    assert all((PROJECT / file).is_file() for file in held)


def test_the_list_of_an_image_names_packages_of_both_kinds() -> None:
    document = sbom.document("crm/x:1.2", "deb\tlibc6\t2.36\tamd64\npypi\tPydantic_Core\t2.50\n\nnoise\n")
    image = {"type": "container", "name": "crm/x", "version": "1.2", "bom-ref": "crm/x:1.2"}
    assert document["metadata"]["component"] == image
    assert [one["purl"] for one in document["components"]] == [
        "pkg:deb/debian/libc6@2.36?arch=amd64",
        "pkg:pypi/pydantic-core@2.50",
    ]
    with pytest.raises(Refusal, match="nothing was found"):
        sbom.document("crm/x:1.2", "sh: not found")


AWAY = "Cannot connect to the engine"


def test_status_never_says_well_of_what_it_could_not_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "docker"
    program.write_text(
        f'#!/bin/sh\n[ "$1 $2" = "compose version" ] && exit 0\necho "{AWAY}" >&2\nexit 1\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    screen, well = status.screen()
    assert not well
    # The engine, each service, what is to be read, the disk, the last backup.
    assert screen.count("unknown") == screen.count(AWAY) == 1 + len(status.SERVICES) + 3, screen
