"""Tells the containers that read their certificates only when told: PostgreSQL and the broker, by SIGHUP. Nothing is cut off."""

import os
import shutil
import subprocess
from pathlib import Path

TOLD = ("postgres", "nats")
SETTINGS = Path(__file__).resolve().parents[3] / "compose" / ".env"


def tell(parts: list[str]) -> list[str]:
    """Tells those of the parts that run here and must be told; answers which were. Without Docker nobody."""
    docker = shutil.which("docker")
    if docker is None:
        return []
    return [part for part in TOLD if part in parts and _told(docker, project(), part)]


def project() -> str:
    """Answers what the suite is called among the containers: as the environment says, or the settings of this server."""
    if named := os.environ.get("CRM_PROJECT"):
        return named
    file = Path(os.environ.get("CRM_ENV_FILE") or SETTINGS)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    named = [line.partition("=")[2].strip() for line in lines if line.startswith("CRM_PROJECT=")]
    return next(iter(reversed(named)), "") or "crm"


def _told(docker: str, project: str, part: str) -> bool:
    labels = (f"label=com.docker.compose.project={project}", f"label=com.docker.compose.service={part}")
    found = _run(docker, "ps", "--quiet", *(word for label in labels for word in ("--filter", label))).split()
    for container in found:
        _run(docker, "kill", "--signal", "HUP", container)
    return bool(found)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout if done.returncode == 0 else ""
