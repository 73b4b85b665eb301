"""The second disk goes away and comes back while commits are made."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import psutil
import pytest

from backup_tool import guard
from backup_tool.receiver import Receiver
from tests.backup.conftest import Site
from tests.backup.test_restore import receiving

pytestmark = pytest.mark.slow


@contextmanager
def watched(site: Site) -> Generator[Receiver]:
    work = site.workshop(backup_away_seconds=2)
    receiver, stopped = receiving(work), threading.Event()
    watching = threading.Thread(target=guard.watch, args=(work.settings, work.say, stopped))
    watching.start()
    try:
        yield receiver
    finally:
        stopped.set()
        watching.join(10)
        receiver.stop()


def waits(site: Site) -> bool:
    with site.server.connect() as connection:
        return connection.execute("SHOW synchronous_standby_names").fetchone() == ("crm_backup",)


def until_waits(site: Site, wish: bool) -> None:
    deadline = time.monotonic() + 30
    while waits(site) is not wish:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def program_of(receiver: Receiver, site: Site) -> psutil.Process:
    assert receiver.runs
    mine = psutil.Process().children(recursive=True)
    return next(one for one in mine if one.name() == "pg_receivewal" and str(site.folder) in " ".join(one.cmdline()))


def test_the_branch_works_on_when_the_second_disk_hangs_and_waits_for_it_again_afterwards(site: Site) -> None:
    with watched(site) as receiver:
        until_waits(site, True)
        site.write(1)
        program = program_of(receiver, site)
        program.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        # Acknowledged only when nobody waits for the second disk any more.
        site.write(2)
        assert not waits(site)
        assert 1.5 < time.monotonic() - began < 25
        site.write(3)
        program.send_signal(signal.SIGCONT)
        until_waits(site, True)
        site.write(4)
        assert receiver.lag() == 0
    assert [line for line in site.said if "second disk" in line] == [
        guard.WAITING,
        guard.AWAY,
        guard.WAITING,
    ]


def test_a_log_that_postgresql_gave_up_is_begun_anew_with_a_full_backup(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    receiver.stop()
    with site.server.connect() as connection:
        connection.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
        connection.execute("SELECT pg_reload_conf()")
        for value in range(5):
            site.write(value)
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        lost = connection.execute("SELECT wal_status FROM pg_replication_slots").fetchone()
    assert lost == ("lost",)
    again = receiving(work)
    assert again.wants_full
    again.stop()


def test_a_second_disk_that_is_not_there_at_the_start_keeps_nobody_waiting(site: Site) -> None:
    """As after a power cut that the second disk did not survive: commits are set to wait for it, and nobody can write to it."""
    known = site.settings()
    with site.server.connect() as connection:
        guard.switch(known, wait=True)
        connection.execute("SELECT pg_sleep(0.2)")
    known.backup_dir.write_text("no folder")
    environment = {
        **os.environ,
        **{
            f"CRM_{key.upper()}": str(value) for key, value in site.settings().model_dump(exclude_defaults=True).items()
        },
        "CRM_BACKUP_AWAY_SECONDS": "1",
    }
    command = [sys.executable, "-m", "backup_tool", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        try:
            site.write(1)
            assert not waits(site)
            # The disk comes: the tool goes on by itself, and commits wait for it again.
            known.backup_dir.unlink()
            until_waits(site, True)
            site.write(2)
        finally:
            serving.send_signal(signal.SIGTERM)
            told = serving.communicate(timeout=60)[0]
    assert serving.returncode == 0, told
    assert "cannot be written" in told
    assert guard.AWAY in told
    assert site.held() == [1, 2]
    assert not waits(site)
