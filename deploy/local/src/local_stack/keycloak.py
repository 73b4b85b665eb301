"""Keycloak from its Maven Central distribution: fetched, prepared once, then run as one small JVM."""

import hashlib
import http.client
import json
import os
import secrets as random_secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_stack import processes, realm, realm_update

VERSION = "26.4.2"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
THEMES = Path(__file__).parents[2] / "keycloak" / "themes"
# What is compiled into the prepared server; the name of its folder changes with it.
BUILD = (
    "--db=postgres",
    "--health-enabled=true",
    "--http-relative-path=/auth",
    "--http-management-relative-path=/",
    "--features-disabled=ciba,device-flow,kerberos,organization,impersonation,par",
)
# 400 MiB hold a login every second with these (recipe A2); the C1 compiler alone also starts faster.
JVM = (
    "-Xms64m",
    "-Xmx176m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:MetaspaceSize=96M",
    "-XX:MaxMetaspaceSize=192m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
)


class KeycloakError(RuntimeError):
    """Keycloak could not be fetched or prepared; the text says why and what to do."""


def distribution(cache: Path) -> Path:
    """Answer the folder of the prepared server below a cache."""
    return cache / f"keycloak-{VERSION}-{hashlib.sha256(repr(BUILD).encode()).hexdigest()[:8]}"


def prepare_distribution(cache: Path, say: Callable[[str], None]) -> Path:
    """Fetch, unpack and prepare the server below the cache unless that was done; answer its folder."""
    ready = distribution(cache)
    if ready.exists():
        return ready
    work = cache / f".keycloak-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        archive = _fetch(cache, say)
        say("unpacking Keycloak")
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(work)
        unpacked = work / f"keycloak-{VERSION}"
        say("preparing Keycloak (once, about half a minute)")
        (unpacked / "bin" / "kc.sh").chmod(0o755)
        _run([str(unpacked / "bin" / "kc.sh"), "build", *BUILD], "preparing Keycloak failed")
        with suppress(OSError):  # another stack may have been quicker
            unpacked.rename(ready)
    except (OSError, zipfile.BadZipFile) as error:
        raise KeycloakError(f"preparing Keycloak failed: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return ready


def _fetch(cache: Path, say: Callable[[str], None]) -> Path:
    archive = cache / f"keycloak-quarkus-dist-{VERSION}.zip"
    if archive.exists() and zipfile.is_zipfile(archive):
        return archive
    say(f"fetching Keycloak {VERSION} with Maven (150 MB)")
    fetch = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={cache}"]
    _run(fetch, "Maven could not fetch Keycloak; is there a network, or a mirror in ~/.m2/settings.xml?")
    return archive


def _run(command: Sequence[str], complaint: str) -> None:
    status, output = processes.run(command)
    if status != 0:
        lines = [line for line in output.splitlines() if line.strip()]
        raise KeycloakError("\n".join([complaint, *(f"  {line}" for line in lines[-8:])]))


@dataclass(frozen=True)
class KeycloakServer:
    """One server over one folder (configuration, realm file) and the prepared distribution."""

    folder: Path
    cache: Path
    port: int
    health_port: int
    public_url: str
    gateway_url: str
    database_url: str
    database_password: str
    admin_password: str

    def configuration(self) -> str:
        """Render keycloak.conf; it holds secrets."""
        values = {
            "db": "postgres",
            "db-url": self.database_url,
            "db-username": "keycloak",
            "db-password": self.database_password,
            "db-pool-initial-size": "1",
            "db-pool-min-size": "1",
            "db-pool-max-size": "20",
            "http-enabled": "true",
            "http-host": "127.0.0.1",
            "http-port": str(self.port),
            "http-management-port": str(self.health_port),
            "cache": "local",
            "http-pool-max-threads": "40",
            "hostname": f"{self.public_url}/auth",
            "hostname-backchannel-dynamic": "true",
            "proxy-headers": "xforwarded",
            "proxy-trusted-addresses": "127.0.0.1,::1",
            "bootstrap-admin-username": "admin",
            "bootstrap-admin-password": self.admin_password,
            "log-level": "info",
        }
        return "".join(f"{key}={value}\n" for key, value in values.items())

    def prepare(self, realm_file: Mapping[str, object]) -> None:
        """Lay the server's folder out: the shared programs, its own configuration, realm and theme."""
        imports = self.folder / "data" / "import"
        for folder in (self.folder / "conf", imports):
            folder.mkdir(parents=True, exist_ok=True)
        for name in ("lib", "providers"):
            _point(self.folder / name, distribution(self.cache) / name)
        _point(self.folder / "themes", THEMES)
        _write_private(self.folder / "conf" / "keycloak.conf", self.configuration())
        _write_private(imports / "crm-realm.json", json.dumps(realm_file, ensure_ascii=False))

    def command(self) -> list[str]:
        """Return the command line; the JVM directly, so that one signal ends it (kc.sh puts it into the background)."""
        return processes.dies_with_parent(
            [
                *(_java(), *JVM, f"-Dkc.home.dir={self.folder}", f"-Djboss.server.config.dir={self.folder / 'conf'}"),
                *("-cp", str(distribution(self.cache) / "lib" / "quarkus-run.jar")),
                *("io.quarkus.bootstrap.runner.QuarkusEntryPoint", "start", "--optimized", "--import-realm"),
            ]
        )

    def ready(self) -> bool:
        """Say whether the server and its database answer."""
        return answers(self.health_port, "/health/ready")

    def bring_up_to_date(self) -> list[str]:
        """Add to the realm of an older start what this release has more; answer what that was."""
        file = self.folder / "data" / "import" / "crm-realm.json"
        administration = realm_update.Administration.sign_in(f"http://127.0.0.1:{self.port}/auth", self.admin_password)
        with administration.http:
            return realm_update.bring_up_to_date(administration, json.loads(file.read_text(encoding="utf-8")))


def answers(port: int, path: str, timeout: float = 1) -> bool:
    """Say whether an HTTP GET is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def new_credential(password: str) -> realm.Json:
    """Hash a password with a salt of its own."""
    return realm.password_credential(password, random_secrets.token_bytes(16))


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def _point(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
