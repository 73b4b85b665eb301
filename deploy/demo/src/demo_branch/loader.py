"""Brings the demo branch in through the doors an older system would use: the organisation call and file imports."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

from demo_branch.files import FILES, DemoFile
from demo_branch.machine import Machine
from demo_branch.people import staff, units

_FILE_TRIES: Final = 3
_QUIET_ROUNDS: Final = 2
_ENDED: Final = ("STATE_DONE", "STATE_REFUSED", "STATE_CANCELLED")
_NUMBERS: Final = ("read", "created", "updated", "skipped", "failed")
_PIECE: Final = 256 * 1024
# A request id made from the content: loading the same thing again is the same request.
_REQUESTS: Final = uuid.UUID("5c9f1f5e-9f53-4c1a-9a0e-2f6c7f1f2a11")


class LoadError(Exception):
    """Something did not go in; the message says what and why."""


@dataclass(frozen=True)
class Loader:
    """Loads the branch over the network; `say` gets a line for a person to read."""

    machine: Machine
    say: Callable[[str], None]
    begin_url: str = ""
    attempts: int = 60
    pause: float = 1.0
    settle_seconds: float = 2.0
    poll_seconds: float = 0.5

    def load(self, folder: Path, *, today: date, days_back: int) -> None:
        """Load organisation, files and tasks; what is in already stays as it is."""
        self._organisation()
        new = sum(self._file(folder, file) for file in FILES)
        self._tasks(today, days_back, expected=new > 0)
        if self.begin_url:
            self._begin()

    def _organisation(self) -> None:
        people = staff()
        request: dict[str, Any] = {
            "units": [
                {"code": unit.code, "name": unit.name, "kind": unit.kind, "parentCode": unit.parent_code}
                for unit in units()
            ],
            "staff": [
                {
                    "staffNumber": person.number,
                    "name": person.name,
                    "phone": person.phone,
                    "unitCode": person.unit_code,
                    "alsoUnitCodes": list(person.also_unit_codes),
                    "roles": list(person.roles),
                }
                for person in people
            ],
        }
        request["requestId"] = str(uuid.uuid5(_REQUESTS, repr(request)))
        answer = self.machine.call("crm.support.v1.SupportService/ImportOrganisation", request)
        self.say(f"organisation: {_told(answer)}")
        if answer.get("failed"):
            raise LoadError(f"organisation: refused {answer['failed']}")
        if answer.get("created") or answer.get("updated"):
            time.sleep(self.settle_seconds)

    def _file(self, folder: Path, file: DemoFile) -> int:
        """Import one file and answer how many rows it added.

        Staff just brought in reach the archive within moments: rows that came too early are taken by another try.
        """
        path = folder / file.name
        digest, added = _digest(path), 0
        job: dict[str, Any] = {}
        for attempt in range(_FILE_TRIES):
            job, known = self._import(path, file.form, f"{file.form} {digest} {attempt}")
            added += 0 if known else int(job.get("created", 0))
            if job["state"] == "STATE_DONE" and not int(job.get("failed", 0)):
                return added
            time.sleep(self.settle_seconds)
        if job.get("state") != "STATE_DONE":
            raise LoadError(f"{file.name}: {job.get('state')} {job.get('reason', '')}")
        raise LoadError(f"{file.name}: {job['failed']} rows refused, first: {self.machine.errors(job['id'])}")

    def _import(self, path: Path, form: str, what: str) -> tuple[dict[str, Any], bool]:
        """Import a file to its end; answers the import, and whether it had ended in an earlier load."""
        request_id = str(uuid.uuid5(_REQUESTS, what))
        job = self.machine.upload(form, path.name, request_id, lambda: _pieces(path))
        known = job["state"] in _ENDED
        while job["state"] not in _ENDED:
            self.say(f"{path.name}: {job.get('percent', 0)} % ({job.get('read', 0)} rows read)")
            time.sleep(self.poll_seconds)
            job = self.machine.call("crm.customer.v1.CustomerService/GetImport", {"id": job["id"]})["job"]
        self.say(f"{path.name}: {_told(job)}{' (loaded before)' if known else ''}")
        return job, known

    def _begin(self) -> None:
        """Tell the older system that the archive is there: its first orders would find no owner before."""
        answer = self.machine.http.post(self.begin_url)
        answer.raise_for_status()
        self.say(f"older system: {answer.json().get('added', 0)} orders to push")

    def _tasks(self, today: date, days_back: int, *, expected: bool) -> None:
        """Ask for the tasks of the last days and of today; those of past days are overdue from the start.

        Customers travel to dispatch as events, so a first round may come too early. Rounds go on until two bring
        nothing new; when the archive has just been filled, something must have come before.
        """
        came, quiet = False, 0
        for _ in range(self.attempts):
            new = sum(self._tasks_of(today - timedelta(days=back)) for back in range(days_back, -1, -1))
            came, quiet = came or new > 0, 0 if new else quiet + 1
            if quiet >= _QUIET_ROUNDS and (came or not expected):
                return
            time.sleep(self.pause)
        if expected and not came:
            raise LoadError("no task was generated although the archive was filled: did its events reach dispatch?")

    def _tasks_of(self, day: date) -> int:
        answer = self.machine.call("crm.dispatch.v1.DispatchService/GenerateTasks", {"date": day.isoformat()})
        created = {rule: int(count) for rule, count in answer.get("created", {}).items() if int(count)}
        if created:
            self.say(f"tasks of {day}: {', '.join(f'{rule} {count}' for rule, count in sorted(created.items()))}")
        return sum(created.values())


def _told(answer: dict[str, Any]) -> str:
    """Answer the counts in words; a list of refused rows counts as its length."""
    counts = {name: answer.get(name, 0) for name in _NUMBERS}
    if isinstance(counts["failed"], list):
        counts["failed"] = len(cast("list[Any]", counts["failed"]))
    return ", ".join(f"{name} {int(count)}" for name, count in counts.items())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
