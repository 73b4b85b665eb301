"""A branch that is there already: the first start of a stack, with its schema and its realm, takes longer than a scenario.

With `FAULTS_PREPARED` naming a folder, the branch is made there once and every stack starts on a copy of it, one after the other on
the same ports (the realm knows them). Without it, each starts from nothing.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_range
from tests.rig import running

CUSTOMERS = 300
VARIABLE = "FAULTS_PREPARED"


def laid_into(home: Path) -> dict[str, str]:
    """Lays the prepared branch, if there is one, into a folder; answers the environment that the stack there needs."""
    named = os.environ.get(VARIABLE, "")
    home.mkdir(parents=True, exist_ok=True)
    if not named:
        return {"CRM_PORT": str(free_range())}
    folder = Path(named).absolute()
    if not (folder / "base").exists():
        _prepare(folder)
    # Owners stay: the database's files belong to another user when root runs it.
    subprocess.run(["cp", "-a", f"{folder}/home/.", str(home)], check=True)
    # A stack that made these files itself would have had them on the disk, and a power cut may come seconds from now.
    subprocess.run(["sync", "-f", str(home)], check=True)
    return {"CRM_PORT": (folder / "base").read_text(encoding="ascii")}


@contextmanager
def own_folder() -> Generator[Path]:
    """Answers a folder that is gone afterwards; the database's own user may look into it."""
    with tempfile.TemporaryDirectory(prefix="crm-test-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def _prepare(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "home"
    home.mkdir(parents=True)
    folder.chmod(0o755)
    base = str(free_range())
    with running(customers=CUSTOMERS, environment={"CRM_PORT": base}, home=home, say=lambda _: None):
        print("a branch is prepared", flush=True)
    (folder / "base").write_text(base, encoding="ascii")
