"""The part `backup`: receives the log, watches the second disk, and runs what is due."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from backup_tool import cluster, guard, status
from backup_tool.catalogue import Full
from backup_tool.errors import BackupError
from backup_tool.receiver import Receiver
from backup_tool.runs import Say, Workshop
from backup_tool.settings import BackupSettings

_TICK = 1.0
_MARK_EVERY = 60.0
_TELL_EVERY = 30.0
_FIRST_WORD = 5.0
_LOOK_AGAIN = 5.0
_RETRY_FULL = 600.0


def due_daily(now: datetime, last: datetime | None, at: datetime) -> bool:
    """Say whether the daily run is due: the hour has passed today and the last run was before it, or there never was one."""
    return last is None or (now >= at > last) or now - last > timedelta(hours=30)


def due_weekly(now: datetime, last: datetime | None, at: datetime, weekday: int) -> bool:
    """Say whether the weekly run is due: its hour on its day, or more than eight days without one."""
    if last is None:
        return True
    return (now.weekday() == weekday and now >= at > last) or now - last > timedelta(days=8)


def opened(settings: BackupSettings, say: Say, stopped: threading.Event) -> Workshop | None:
    """Wait for the second disk and answer the tool over it; None when told to stop before. Meanwhile no commit waits for that disk."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    found, said = threading.Event(), ""
    watching = threading.Thread(target=guard.watch, args=(settings, say, found, False), name="guard")
    watching.start()
    try:
        while not stopped.is_set():
            try:
                workshop = Workshop.of(settings, say)
                workshop.clear_unfinished()
            except OSError as error:
                if said != (said := f"{settings.backup_dir} cannot be written: {error}"):
                    say(said)
                stopped.wait(_LOOK_AGAIN)
            else:
                return workshop
        return None
    finally:
        found.set()
        watching.join(30)


@dataclass
class Serving:
    """Runs until it is told to stop."""

    workshop: Workshop
    stopped: threading.Event = field(default_factory=threading.Event)
    _said: str = ""
    _tried_full: float = -_RETRY_FULL
    told: status.Status = field(default_factory=dict[str, Any])

    def run(self) -> None:
        """Serve until SIGTERM; then commits no longer wait for the second disk."""
        work = self.workshop
        receiver = Receiver(work.settings, work.catalogue, work.key, work.say)
        threads = [
            threading.Thread(target=guard.watch, args=(work.settings, work.say, self.stopped), name="guard"),
            threading.Thread(target=self._keep_receiving, args=(receiver,), name="log"),
        ]
        for thread in threads:
            thread.start()
        try:
            while not self.stopped.wait(_TICK):
                self._guarded(lambda: self._scheduled(receiver))
        finally:
            self.stopped.set()
            self._guarded(lambda: guard.switch(work.settings, wait=False))
            for thread in threads:
                thread.join(30)
            receiver.stop()
            self._guarded(receiver.seal_closed)

    def _keep_receiving(self, receiver: Receiver) -> None:
        marked = switched = time.monotonic()
        told = marked - _TELL_EVERY + _FIRST_WORD
        seconds = self.workshop.settings.backup_switch_seconds
        while not self.stopped.wait(_TICK):
            now = time.monotonic()
            self._guarded(lambda: self._receive(receiver))
            if now - marked > min(_MARK_EVERY, seconds):
                marked = now
                self._guarded(receiver.mark)
            if now - switched > seconds:
                switched = now
                self._guarded(receiver.close_piece)
            if now - told > _TELL_EVERY:
                told = now
                self._guarded(lambda: self.tell(receiver))

    def _receive(self, receiver: Receiver) -> None:
        if not receiver.runs:
            if why := receiver.why_ended():
                self._say_once(f"the receiver of the log ended: {why}")
            receiver.start()
        receiver.seal_closed()

    def _scheduled(self, receiver: Receiver) -> None:
        work, zone = self.workshop, self.workshop.settings.branch_zone
        now = datetime.now(UTC).astimezone(zone)
        fulls = [one for one in work.catalogue.fulls() if not one.damage]
        last = fulls[-1].finished_at if fulls else None
        at = datetime.combine(now.date(), work.settings.backup_at, zone)
        foreign = last is not None and max(work.catalogue.timelines()) != fulls[-1].timeline
        wanted = receiver.wants_full or foreign or due_daily(now, last, at)
        if wanted and receiver.runs and time.monotonic() - self._tried_full > _RETRY_FULL:
            self._tried_full = time.monotonic()
            receiver.wants_full = False
            receiver.wants_full = not work.everything()
            self.tell(receiver)
        elif fulls and self._streams_due(now):
            work.streams()
        elif fulls and self.drill_due(now, fulls[-1]):
            work.drill()

    def _streams_due(self, now: datetime) -> bool:
        if not self.workshop.settings.nats_url:
            return False
        run = status.last_run(self.workshop.catalogue, "streams")
        every = timedelta(minutes=self.workshop.settings.backup_streams_minutes)
        return run is None or now - run > every

    def drill_due(self, now: datetime, newest: Full) -> bool:
        """Say whether a drill is due: once a week, and on the next full backup after one that failed."""
        settings, catalogue = self.workshop.settings, self.workshop.catalogue
        if status.failed_drill(catalogue) and status.drilled(catalogue) != newest.id:
            # A week would be long to wait for the word that the next backup is good.
            return True
        last = status.last_drill(catalogue)
        at = datetime.combine(now.date(), settings.drill_at, settings.branch_zone)
        return due_weekly(now, last, at, settings.drill_weekday)

    def tell(self, receiver: Receiver) -> None:
        """Say how things stand: beside the backups and, for the operations page, at the broker."""
        work, alerts = self.workshop, list[str]()
        try:
            lag = receiver.lag()
            with cluster.connect(work.settings) as connection:
                waiting = guard.look(connection).waiting
        except psycopg.Error:
            lag, waiting = None, False
        if self._on_one_disk():
            alerts.append("the backups are on the disk of the database: they help after a mistake, not after its loss")
        if lag is None:
            alerts.append("the log is not received on the second disk: what is committed now is on one disk only")
        elif not waiting:
            alerts.append("commits do not wait for the second disk")
        try:
            if found := status.failed_drill(work.catalogue):
                alerts.append(f"the last restore drill failed: {found}")
            self.told = status.now(work.catalogue, lag=lag, waiting=waiting, alerts=alerts)
        except (OSError, BackupError) as error:
            # Said where the operations page reads it, since it cannot be said beside the backups.
            self.told = status.unwritten(self.told, work.catalogue.root, error)
            self._say_once(self.told["error"])
        asyncio.run(status.publish(work.settings, self.told))

    def _on_one_disk(self) -> bool:
        data = Path(self.workshop.settings.postgres_data or "/nowhere")
        return data.exists() and data.stat().st_dev == self.workshop.catalogue.root.stat().st_dev

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do a piece of work; what fails is said once and tried again at the next turn."""
        try:
            work()
            return
        except (BackupError, psycopg.Error, OSError) as error:
            self._say_once(str(error).strip())

    def _say_once(self, told: str) -> None:
        if told != self._said:
            self._said = told
            self.workshop.say(told)
