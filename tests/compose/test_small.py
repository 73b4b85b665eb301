"""What the make targets do before they ask an engine: settings, sources of images, lists of contents, the screen of status."""

import io
import zipfile
from pathlib import Path

import pytest

from branch_server import contents, parts, sbom, status, suite
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


def test_the_list_of_an_image_names_packages_of_every_kind() -> None:
    lines = [
        "deb\tlibc6\t2.36-9+deb12u1\tamd64",
        "golang\tgolang.org/x/sys\tv0.48.0",
        "maven\torg.keycloak/keycloak-core\t26.4.2",
        "npm\t@connectrpc/connect\t2.1.2",
        "pypi\tPydantic_Core\t2.50",
        "",
        "noise",
    ]
    document = sbom.document("crm/x:1.2", lines)
    image = {"type": "container", "name": "crm/x", "version": "1.2", "bom-ref": "crm/x:1.2"}
    assert document["metadata"]["component"] == image
    assert [one["purl"] for one in document["components"]] == [
        "pkg:deb/debian/libc6@2.36-9+deb12u1?arch=amd64",
        "pkg:golang/golang.org/x/sys@v0.48.0",
        "pkg:maven/org.keycloak/keycloak-core@26.4.2",
        "pkg:npm/%40connectrpc/connect@2.1.2",
        "pkg:pypi/pydantic-core@2.50",
    ]
    with pytest.raises(Refusal, match="nothing was found"):
        sbom.document("crm/x:1.2", ["sh: not found"])


def packed_jar(*noted: tuple[str, str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        opened.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        for group, artifact, version in noted:
            text = f"#Generated\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
            opened.writestr(f"META-INF/maven/{group}/{artifact}/pom.properties", text)
    return held.getvalue()


def test_a_jar_is_what_maven_noted_in_it_or_as_it_is_called() -> None:
    file = "opt/keycloak/lib/lib/main/jakarta.activation.jakarta.activation-api-2.1.3.jar"
    right = ("jakarta.activation", "jakarta.activation-api", "2.1.3")
    said = "maven\tjakarta.activation/jakarta.activation-api\t2.1.3"
    assert contents.jar(file, packed_jar(right)) == said
    # What was packed into it is not what it is.
    assert contents.jar(file, packed_jar(("org.asm", "asm", "9.1"), right)) == said
    unnoted = "opt/keycloak/lib/lib/main/io.quarkus.quarkus-core-3.20.3.Final.jar"
    assert contents.jar(unnoted, packed_jar()) == "maven\tio.quarkus/quarkus-core\t3.20.3.Final"


def test_the_portal_lists_what_it_is_built_from_and_not_what_builds_it() -> None:
    names = {line.split("\t")[1] for line in contents.portal(contents.PORTAL.read_text(encoding="utf-8"))}
    assert {"react", "antd", "@connectrpc/connect"} <= names
    assert not {"eslint", "vite", "typescript", ""} & names


def test_a_program_of_go_names_its_modules() -> None:
    program = (PROJECT / ".venv" / "bin" / "nats-server").read_bytes()
    lines = contents.go_modules(program)
    assert lines[0].startswith("golang\tgithub.com/nats-io/nats-server/v2\tv2.")
    assert any(line.startswith("golang\tgolang.org/x/crypto\tv") for line in lines)
    assert lines[-1].startswith("golang\tstd\t1.")
    with pytest.raises(Refusal, match="says nothing of its modules"):
        contents.go_modules(b"\x7fELF")


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
