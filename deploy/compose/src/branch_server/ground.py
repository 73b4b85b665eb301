"""The images everything else stands on, made from Debian packages where no image registry can be reached."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from branch_server import mirror
from branch_server.places import Refusal
from branch_server.programs import answer, run

# debootstrap knows how to make a suite it has never heard of: like Debian's unstable.
_SCRIPT = "/usr/share/debootstrap/scripts/sid"
_LEFT_OUT = ("var/cache/apt/*", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")


def ensure(suite: str) -> str:
    """Has the image of a Debian suite; answers its name."""
    name = f"crm-base:{suite}"
    if answer(["docker", "image", "inspect", name])[0] == 0:
        return name
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise Refusal(
            f"{name} is missing, and making it needs root and debootstrap: apt-get install debootstrap, then "
            "`sudo make images`; or take official images: `make images OFFICIAL=1`"
        )
    with tempfile.TemporaryDirectory(prefix="crm-ground-") as folder:
        root = Path(folder) / "root"
        make = ["debootstrap", "--variant=minbase", suite, str(root), mirror.debian(), _SCRIPT]
        # A power cut would spoil an image that is not there yet: no need to wait for the disk at every file, here and in what stands on it.
        run(f"unpacking Debian {suite}", make, {"DPKG_FORCE": "unsafe-io"})
        (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="utf-8")
        _import(root, name)
    return name


def _import(root: Path, name: str) -> None:
    left_out = [f"--exclude=./{pattern}" for pattern in _LEFT_OUT]
    with subprocess.Popen(["tar", "-C", str(root), *left_out, "-c", "."], stdout=subprocess.PIPE) as packing:
        take = ["docker", "import", "--change", "ENV LANG=C.UTF-8", "-", name]
        taken = subprocess.run(take, stdin=packing.stdout, capture_output=True, text=True, check=False)
    if taken.returncode or packing.returncode:
        raise Refusal(f"{name} could not be made: {taken.stderr.strip()}")
