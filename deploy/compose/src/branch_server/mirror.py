"""Where Debian's packages come from: the mirror of this machine, unless another is named."""

import os

from branch_server.places import Refusal
from branch_server.programs import answer


def debian() -> str:
    """Answers the address of the mirror: CRM_DEBIAN_MIRROR, or what apt uses here."""
    if named := os.environ.get("CRM_DEBIAN_MIRROR"):
        return named
    status, text = answer(["apt-get", "indextargets", "--format", "$(REPO_URI)"])
    found = [line for line in text.splitlines() if "security" not in line] if status == 0 else []
    if not found:
        raise Refusal("apt names no mirror of Debian here: set CRM_DEBIAN_MIRROR to one")
    return found[0].rstrip("/")
