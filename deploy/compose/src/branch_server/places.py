"""Where things lie, and what this release is called."""

import os
import subprocess
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[4]
COMPOSE = PROJECT / "deploy" / "compose"
IMAGES = COMPOSE / "images"
WORK = PROJECT / ".local" / "images"
"""What images are built from: git-ignored, made anew when it is missing."""


class Refusal(Exception):
    """It cannot go on; the text is for a person: what is wrong and what to do."""


def version() -> str:
    """Answers the version of the release; CRM_VERSION wins, as it does for compose."""
    if wanted := os.environ.get("CRM_VERSION"):
        return wanted
    manifest = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(manifest["project"]["version"])


def revision() -> str:
    """Answers the commit the sources are at; `+` behind it says that files were changed since. Empty outside a checkout."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    return f"{commit}+" if commit and _git("status", "--porcelain") else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
