"""The demo branch: loaded at the first start through the product's own doors; its people are printed at every start."""

import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from branch_trust.files import write
from demo_branch.people import staff
from local_stack import logs, processes
from local_stack.children import inherited_environment
from local_stack.layout import Home, Ports
from local_stack.told import client_secret, demo_password, public_url, token_url

DEFAULT_CUSTOMERS = 20_000
# One of each kind is enough to look round.
SHOWN = {
    "m001": "customer manager",
    "m002": "customer manager, same community",
    "z01": "seat manager",
    "s1": "supervisor, public customers",
    "c01": "bureau chief",
    "d-network": "support, network",
    "dispatcher": "dispatcher",
    "operator": "operations",
    "editor": "content editor",
    "admin": "administrator",
    "admin2": "second administrator, who agrees to permissions",
}


class DemoError(RuntimeError):
    """The demo branch could not be loaded; the text says why."""


@dataclass
class DemoBranch:
    """Writes the files of the branch and loads them; what is in already stays as it is."""

    home: Home
    ports: Ports
    say: Callable[[str], None]
    _processes: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def loaded(self, customers: int | None = None) -> bool:
        """Say whether a branch (of at least this size, when one is asked for) was loaded completely."""
        if not self.home.demo_marker.exists():
            return False
        size = self.home.demo_marker.read_text(encoding="utf-8").strip()
        return size.isdigit() and (customers is None or int(size) >= customers)

    def announce(self, customers: int | None = None) -> None:
        """Note the size before anything starts: the older system orders for customers that will exist."""
        write(self.home.root / "demo-customers", str(customers or DEFAULT_CUSTOMERS).encode(), 0o644)

    def load(self, customers: int | None = None) -> None:
        """Generate and load; the marker is written at the very end, so that a load cut short is taken up again."""
        count = customers or DEFAULT_CUSTOMERS
        self.say(f"loading the demo branch: {count} customers")
        self.announce(customers)
        files = self.home.data("demo_branch") / str(count)
        client_secret(self.home, "ods-files")
        self._run("write", "--customers", str(count), "--out", str(files))
        self._run(
            "load",
            *("--base-url", public_url(self.ports), "--token-url", token_url(self.ports)),
            *("--client", "ods-files", "--secret-file", str(self.home.secrets("clients") / "ods-files")),
            *("--from", str(files), "--begin-url", f"http://127.0.0.1:{self.ports.gnet_crm}/begin"),
            *("--older-systems", *(f"http://localhost:{port}" for port in self._older_systems())),
            *("--password-file", str(self.home.root / "secrets" / "demo_password")),
        )
        write(self.home.demo_marker, str(count).encode(), 0o644)

    def _older_systems(self) -> tuple[int, int, int]:
        return self.ports.resources, self.ports.billing, self.ports.complaints

    def stop(self) -> None:
        """End a load under way."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _run(self, *arguments: str) -> None:
        log = self.home.logs / "demo_branch.log"
        process = subprocess.Popen(
            processes.dies_with_parent([sys.executable, "-m", "demo_branch", *arguments]),
            env=inherited_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd="/",
            start_new_session=True,
        )
        self._processes.append(process)
        with log.open("a", encoding="utf-8") as kept, process:
            said = ""
            for line in process.stdout or ():
                kept.write(line)
                kept.flush()
                if line != said:
                    self.say(f"demo branch: {line.rstrip()}")
                said = line
        if process.returncode != 0:
            lines = "\n".join(f"    {line}" for line in logs.last_lines(log, 10))
            raise DemoError(f"the demo branch could not be loaded; `make run` takes it up again. Last lines:\n{lines}")


def people_table(home: Home) -> str:
    """Answer who may log in, as a table for a terminal."""
    names = {person.number: person.name for person in staff()}
    lines = [f"  {number:<12}{_pad(names[number], 10)}{what}" for number, what in SHOWN.items() if number in names]
    heading = f"  Everybody's password:   {demo_password(home)}\n\n  {'login':<12}{_pad('name', 10)}who"
    return "\n".join([heading, *lines, f"  … {len(names)} people in all: m001-m120, z01-z16, s1-s3, c01-c08, d-*", ""])


def _pad(text: str, width: int) -> str:
    # A Chinese character takes two columns of a terminal.
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(1, width - taken)
